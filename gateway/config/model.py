"""The configuration as the mail service sees it. One class per element; `gateway.config.xml` does the
spelling.

Names of fields are names of elements. A list field's `item` is the element repeated inside it. Everything an
administrator may set has its default, its limits and one sentence of description here, once.
"""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_HOSTNAME = re.compile(r"(?=.{1,253}\Z)[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def _hostname(value: str) -> str:
    if not _HOSTNAME.fullmatch(value):
        raise ValueError("must be a host name such as mail.example.com")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be a letter or underscore, then letters, digits, _ or -")
    return value


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value, strict=False)
    return value


def _domain(value: str) -> str:
    if value.upper() == "ALL":
        return "ALL"
    return ("." if value.startswith(".") else "") + _hostname(value.removeprefix(".")).lower()


Hostname = Annotated[str, AfterValidator(_hostname)]
Name = Annotated[str, AfterValidator(_name)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Domain = Annotated[str, AfterValidator(_domain)]
Port = Annotated[int, Field(ge=1, le=65535)]


def items(name: str, **limits: Any) -> Any:
    """A list field whose elements are called `name`."""
    return Field(default_factory=list, json_schema_extra={"item": name}, **limits)


class Element(BaseModel):
    """An element with children; what is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


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
    accepted_domains: list[Domain] = items("domain")
    relay_hosts: list[Network] = items("host")
    max_message_size: int = Field(default=100 << 20, ge=0, description="Octets; 0 is no limit")
    max_recipients: int = Field(default=1000, ge=1, le=50000)
    max_connections: int = Field(default=1000, ge=0, description="At the same time, all workers together")
    max_connections_per_host: int = Field(default=0, ge=0, description="0 is no limit")
    bare_newlines: BareNewlinesSetting = BareNewlinesSetting.REFUSE
    command_timeout: int = Field(default=300, ge=1, description="Seconds")
    data_timeout: int = Field(default=180, ge=1, description="Seconds between two blocks of content")
    minimum_rate: int = Field(default=100, ge=0, description="Octets of content per second, over a minute")
    certificate: str = Field(default="", description="PEM file with certificate and key; empty for no TLS")
    implicit_tls: bool = False
    tls_required: bool = False


class RouteHost(Element):
    """A host mail is handed to."""

    hostname: str = Field(min_length=1, description="Host name or address")
    port: Port = 25

    @model_validator(mode="after")
    def _check(self) -> RouteHost:
        try:
            ipaddress.ip_address(self.hostname)
        except ValueError:
            _hostname(self.hostname)
        return self


class SmtpRoute(Element):
    """Where mail for a domain goes instead of its MX; ``ALL`` is every other domain, ``.x`` what ends in
    it.
    """

    domain: Domain
    hosts: list[RouteHost] = items("host", min_length=1)


class BounceProfile(Element):
    """How long delivery is tried."""

    profile_name: Name = "Default"
    max_retries: int = Field(default=100, ge=0, le=10000)
    max_queue_time: int = Field(default=259_200, ge=0, le=3_000_000, description="Seconds")
    initial_retry: int = Field(default=60, ge=1, le=86_400, description="Seconds")
    max_retry: int = Field(default=3600, ge=1, le=86_400, description="Seconds")

    @model_validator(mode="after")
    def _check(self) -> BounceProfile:
        if self.initial_retry > self.max_retry:
            raise ValueError("initial_retry must not be above max_retry")
        return self


class DestinationDefaults(Element):
    """Limits of delivery to one destination."""

    max_host_concurrency: int = Field(
        default=500, ge=1, le=1000, description="Connections, all workers together"
    )
    max_messages_per_connection: int = Field(default=50, ge=1, le=1000)


class Limits(Element):
    """When new mail is put off."""

    queue_size: int = Field(default=0, ge=0, description="Octets of queued mail; 0 leaves it to the disk")
    queue_messages: int = Field(default=0, ge=0)
    reserve: int = Field(default=64 << 20, ge=0, description="Octets of the disk that stay free")
    memory: int = Field(default=256 << 20, ge=1 << 20, description="Octets of content on its way in")


class Config(Element):
    """The whole file."""

    hostname: Hostname
    listeners: list[Listener] = items("listener")
    smtp_routes: list[SmtpRoute] = items("smtp_route")
    bounce_profiles: list[BounceProfile] = items("bounce_profile")
    destination_controls: DestinationDefaults = DestinationDefaults()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _unique(self) -> Config:
        for what, names in (
            ("listener_name", [item.listener_name for item in self.listeners]),
            ("smtp_route domain", [item.domain for item in self.smtp_routes]),
            ("profile_name", [item.profile_name for item in self.bounce_profiles]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{what} {', '.join(sorted(twice))} is there twice")
        return self
