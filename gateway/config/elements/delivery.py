"""What the configuration says about mail on its way out: DNS, interfaces, SMTP routes, destination controls,
bounces.

Optional values of a destination control that are left out come from the entry for ``ALL`` (G2).
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum

from pydantic import Field, model_validator

from gateway.config.types import Address, Domain, Element, Name, Port, hostname, items
from gateway.delivery.controls import DaneLevel, LimitBase, LimitScope, TlsLevel
from gateway.delivery.mx import AddressPreference


class DnsServer(Element):
    """A recursive name server."""

    ip: Address
    port: Port = 53
    trusted: bool = Field(
        default=False,
        description="Its word on DNSSEC is believed: it is on this host or in a protected network",
    )


class DnsZone(Element):
    """Other servers for a domain."""

    domain: Domain
    servers: list[DnsServer] = items("server", ordered=True, min_length=1)


class Dns(Element):
    """Name servers; without any those of the system are used."""

    servers: list[DnsServer] = items("server", ordered=True)
    zones: list[DnsZone] = items("zone", key="domain")
    deadline: int = Field(default=10, ge=1, le=60, description="Seconds a question may take in all")
    verification_timeout: float = Field(
        default=5.0, gt=0, le=60, description="Seconds for all questions about one peer that wants to send"
    )


class SourceRule(Element):
    """Mail of a sender, a domain or a client network leaves by an interface (`altsrchost`)."""

    match: str = Field(min_length=1, description="user@example.com, @example.com, .example.com or a network")
    interface_name: Name


class RouteUse(StrEnum):
    """What a route does with the mail."""

    HOSTS = "hosts"
    USEDNS = "USEDNS"
    DISCARD = "/dev/null"


class RouteHost(Element):
    """A host mail is handed to."""

    hostname: str = Field(min_length=1, description="Host name or address")
    port: Port = 25
    priority: int = Field(default=0, ge=0, le=65_535, description="0 is tried first")
    by_address: bool = Field(default=False, description="Take the name's address, whatever its MX says")

    @model_validator(mode="after")
    def _check(self) -> RouteHost:
        try:
            ipaddress.ip_address(self.hostname)
        except ValueError:
            hostname(self.hostname)
        return self


class SmtpRoute(Element):
    """Where mail for a domain goes instead of its MX; ``ALL`` is any other domain, ``.x`` what ends in it."""

    domain: Domain
    use: RouteUse = RouteUse.HOSTS
    hosts: list[RouteHost] = items("host")

    @model_validator(mode="after")
    def _check(self) -> SmtpRoute:
        if (self.use is RouteUse.HOSTS) != bool(self.hosts):
            raise ValueError("hosts are needed for use 'hosts', and for nothing else")
        return self


class BounceProfile(Element):
    """How long delivery is tried, and what the sender hears of it."""

    profile_name: Name = "Default"
    max_retries: int = Field(default=100, ge=0, le=10_000)
    max_queue_time: int = Field(default=259_200, ge=0, le=3_000_000, description="Seconds")
    initial_retry: int = Field(default=60, ge=1, le=86_400, description="Seconds")
    max_retry: int = Field(default=3600, ge=1, le=86_400, description="Seconds")
    send_hard_bounces: bool = True
    send_delay_warnings: bool = False
    warning_interval: int = Field(default=14_400, ge=60, le=3_000_000, description="Seconds")
    warning_count: int = Field(default=1, ge=0, le=100)
    alternate_address: str = Field(default="", description="Bounces go there instead of to the sender")

    @model_validator(mode="after")
    def _check(self) -> BounceProfile:
        if self.initial_retry > self.max_retry:
            raise ValueError("initial_retry must not be above max_retry")
        return self


class DestinationControl(Element):
    """How mail may be sent to a domain."""

    domain: Domain
    ip_sort_pref: AddressPreference | None = None
    max_host_concurrency: int | None = Field(
        default=None, ge=1, le=1000, description="Connections, all workers together"
    )
    max_messages_per_connection: int | None = Field(default=None, ge=1, le=1000)
    recipient_limit: int | None = Field(default=None, ge=0, description="0 is no limit")
    recipient_minutes: int | None = Field(default=None, ge=1, le=60)
    limit_type: LimitScope | None = None
    limit_apply: LimitBase | None = None
    tls: TlsLevel | None = None
    dane: DaneLevel | None = None
    mta_sts: bool | None = None
    certificate: str | None = Field(default=None, description="Name of a certificate of this configuration")
    bounce_profile: str | None = None
