"""Links, addresses, routes: what the network of this machine looks like. Values; `sources` has the I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface

from hwmgmt.reading import Reading


@dataclass(frozen=True, slots=True)
class Link:
    """One interface of the kernel.

    `kind` is the kernel's word for what is no hardware (veth, vlan, bond; "loopback"), empty for a card.
    `speed` is in Mbit/s. `carrier` has no value while the link is administratively down.
    """

    name: str
    index: int
    kind: str
    up: bool
    carrier: Reading[bool]
    mtu: int
    mac: str
    driver: Reading[str]
    speed: Reading[int]
    master: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...] = ()

    @property
    def is_card(self) -> bool:
        """Whether there is hardware behind it (or what a hypervisor shows as hardware)."""
        return not self.kind


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the main table. `destination` is "default" or a prefix; empty texts mean none."""

    destination: str
    gateway: str
    port: str
    metric: int
    source: str = ""

    @property
    def is_default(self) -> bool:
        return self.destination == "default"


@dataclass(frozen=True, slots=True)
class Network:
    """All of it, and which source said so. `routes` is without a value where the source knows none."""

    source: str
    links: tuple[Link, ...]
    routes: Reading[tuple[Route, ...]]
    notes: tuple[str, ...] = field(default=())

    def link(self, name: str) -> Link | None:
        return next((link for link in self.links if link.name == name), None)

    @property
    def gateways(self) -> tuple[Route, ...]:
        """Default routes that lead to a gateway, the preferred one first."""
        found = (route for route in self.routes.otherwise(()) if route.is_default and route.gateway)
        return tuple(sorted(found, key=lambda route: (":" in route.gateway, route.metric)))
