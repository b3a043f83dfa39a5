"""Where mail comes in (G1)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from gateway.access.policies import SmtpAuth
from gateway.config.elements.access import (
    HatText,
    MailDomain,
    ProxyAddresses,
    RatText,
    requires_auth,
    requires_tls,
)
from gateway.config.types import Address, Domain, Element, Name, Network, Port, items


class ListenerType(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class BareNewlinesSetting(StrEnum):
    REFUSE = "refuse"
    CLEAN = "clean"
    ALLOW = "allow"


class Listener(Element):
    """Where mail comes in."""

    listener_name: Name
    listener_type: ListenerType = ListenerType.PUBLIC
    interface_name: Name = "Management"
    ip: Address = Field(default="0.0.0.0", description="Local address; 0.0.0.0 or :: for all")
    port: Port = 25
    default_domain: MailDomain = Field(default="", description="For addresses that have none; empty refuses")
    accepted_domains: list[Domain] = items("domain")
    relay_hosts: list[Network] = items("host")
    hat: HatText = Field(default="", description="Host access table; empty for the predefined one")
    rat: RatText = Field(default="", description="Recipient access table; empty for accepted_domains")
    trusted_proxies: list[ProxyAddresses] = items(
        "host", description="Load balancers that send, and must send, a PROXY header"
    )
    max_message_size: int = Field(default=100 << 20, ge=0, description="Octets; 0 is no limit")
    max_recipients: int = Field(default=1000, ge=1, le=50000)
    max_connections: int = Field(default=1000, ge=0, description="At the same time, all workers together")
    max_connections_per_host: int = Field(default=0, ge=0, description="0 is no limit")
    bare_newlines: BareNewlinesSetting = BareNewlinesSetting.REFUSE
    command_timeout: int = Field(default=300, ge=1, description="Seconds")
    data_timeout: int = Field(default=180, ge=1, description="Seconds between two blocks of content")
    minimum_rate: int = Field(default=100, ge=0, description="Octets of content per second, over a minute")
    certificate: str = Field(
        default="",
        description="Name of a certificate, or path of a PEM file with key and certificate; empty for no TLS",
    )
    implicit_tls: bool = False
    tls_required: bool = False
    smtp_auth: SmtpAuth = Field(default=SmtpAuth.OFF, description="Offered on TLS only")
    auth_failures_per_hour: int = Field(
        default=20, ge=0, description="Wrong passwords from one host, all workers together; 0 is no limit"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Listener:
        if self.hat and self.relay_hosts:
            raise ValueError("relay_hosts has no say beside a hat: put the hosts into its RELAYLIST")
        if self.rat and self.accepted_domains:
            raise ValueError("accepted_domains has no say beside a rat: put the domains into it")
        if not self.certificate and (self.tls_required or requires_tls(self.hat)):
            raise ValueError("TLS is required but there is no certificate: nobody could send mail")
        if self.smtp_auth is not SmtpAuth.OFF and not self.certificate:
            raise ValueError("smtp_auth needs a certificate: it is offered on TLS only")
        if self.smtp_auth is SmtpAuth.OFF and requires_auth(self.hat):
            raise ValueError("a policy of the hat requires smtp_auth, but the listener does not offer it")
        if self.trusted_proxies and self.implicit_tls:
            raise ValueError("trusted_proxies cannot be with implicit_tls: the header comes before TLS")
        return self
