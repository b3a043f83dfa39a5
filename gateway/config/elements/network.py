"""The appliance's own network: Ethernet ports, IP interfaces, routes, time.

Without an interface that names a port, every Ethernet port asks DHCP for an address; that is how an appliance
comes out of the box.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from gateway.config.types import Address, Element, Hostname, Label, Name, hostname, items


class Media(StrEnum):
    """What an Ethernet port is told to speak (`etherconfig > media`)."""

    AUTOSELECT = "autoselect"
    TEN_HALF = "10baseT/half"
    TEN_FULL = "10baseT/full"
    HUNDRED_HALF = "100baseTX/half"
    HUNDRED_FULL = "100baseTX/full"
    GIGABIT = "1000baseT/full"


class EthernetPort(Element):
    """A port of the machine, by the name on its label."""

    port_name: Label = Field(description="Management, Data 1, Data 2, …")
    device: str = Field(
        default="",
        max_length=15,
        pattern=r"^[A-Za-z0-9_.-]*$",
        description="Name in the kernel; empty for the model's own",
    )
    media: Media = Media.AUTOSELECT
    mtu: int = Field(default=1500, ge=1280, le=9216, description="Octets")


class Vlan(Element):
    """A VLAN on a port; it is a port of its own to IP interfaces."""

    vlan_name: Name
    vlan_id: int = Field(ge=1, le=4094)
    port_name: Label


class PairMode(StrEnum):
    ACTIVE_BACKUP = "active-backup"
    LACP = "802.3ad"


class NicPair(Element):
    """Two ports that are one (`etherconfig > pairing`)."""

    pair_name: Name
    ports: list[Label] = items("port_name", min_length=2, max_length=2)
    mode: PairMode = PairMode.ACTIVE_BACKUP


class IpInterface(Element):
    """A named pair of local addresses: of the machine where it names a port, and to send mail from."""

    interface_name: Name
    port_name: Label | None = Field(
        default=None, description="Ethernet port, VLAN or pair; left out: an address another one brings up"
    )
    dhcp: bool = Field(default=False, description="Ask for the IPv4 address, name servers and router")
    ipv4: str = ""
    ipv4_prefix: int = Field(default=24, ge=1, le=32, description="Bits of the network mask")
    ipv6: str = ""
    ipv6_prefix: int = Field(default=64, ge=1, le=128)
    hostname: Hostname
    ssh: bool = Field(default=True, description="Administrators may log in and use SFTP here")
    ftp: bool = Field(default=False, description="Administrators may fetch and put files here")

    @model_validator(mode="after")
    def _check(self) -> IpInterface:
        for text, version in ((self.ipv4, 4), (self.ipv6, 6)):
            if text and ipaddress.ip_address(text).version != version:
                raise ValueError(f"{text} is not an IPv{version} address")
        if self.dhcp and self.ipv4:
            raise ValueError("has both dhcp and an ipv4 address; it is one or the other")
        if self.dhcp and self.port_name is None:
            raise ValueError("dhcp needs a port_name")
        return self


class Route(Element):
    """A static route (`routeconfig`)."""

    route_name: Name
    destination: str = Field(description="Address or network, as 10.2.0.0/16")
    gateway: Address

    @model_validator(mode="after")
    def _one_family(self) -> Route:
        if (
            ipaddress.ip_network(self.destination, strict=False).version
            != ipaddress.ip_address(self.gateway).version
        ):
            raise ValueError(f"gateway {self.gateway} is of another family than {self.destination}")
        return self


class Routing(Element):
    """Where what is not local goes."""

    default_gateway: Address | None = Field(
        default=None, description="IPv4; what DHCP says is used without one"
    )
    default_gateway_ipv6: Address | None = None
    routes: list[Route] = items("route", key="route_name")

    @model_validator(mode="after")
    def _families(self) -> Routing:
        for gateway, version in ((self.default_gateway, 4), (self.default_gateway_ipv6, 6)):
            if gateway and ipaddress.ip_address(gateway).version != version:
                raise ValueError(f"{gateway} is not an IPv{version} address")
        return self


def _time_server(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        hostname(value)
    return value


_NO_ZONE = "must be a time zone such as Europe/Berlin or Etc/UTC"


def _zone(value: str) -> str:
    # Asked for the one: the list of all takes longer than the rest of a small configuration.
    try:
        if not value.startswith(("posix/", "right/")):
            ZoneInfo(value)
            return value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(_NO_ZONE) from None
    raise ValueError(_NO_ZONE)


TimeServer = Annotated[str, AfterValidator(_time_server)]
TimeZone = Annotated[str, AfterValidator(_zone)]


class Time(Element):
    """The clock (`ntpconfig`, `settz`). One that is behind breaks the reputation services (A8)."""

    timezone: TimeZone = "Etc/UTC"
    ntp: bool = Field(default=True, description="Follow the servers; without, the clock is set by hand")
    ntp_servers: list[TimeServer] = items(
        "ntp_server", ordered=True, description="Empty for those of the distribution"
    )
