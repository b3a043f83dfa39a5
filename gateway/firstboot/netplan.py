"""cloud-init's network-config, version 2 (the words of netplan), to elements of the configuration.

Read are ethernets, bonds of two, vlans; of each dhcp4, addresses, gateway4, gateway6, routes, nameservers, mtu.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_interface
from typing import Any

from gateway.firstboot.shape import Shape

_DEFAULTS = frozenset({"default", "0.0.0.0/0", "::/0"})
_MODES = frozenset({"active-backup", "802.3ad"})


@dataclass(frozen=True, slots=True)
class Cards:
    """The machine's cards in order, the port of the case each is, and their MAC addresses in lower case."""

    ports: Mapping[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    interfaces: list[dict[str, Any]] = field(default_factory=list)
    routes: list[dict[str, Any]] = field(default_factory=list)
    gateways: dict[int, str] = field(default_factory=dict)
    servers: list[str] = field(default_factory=list)
    sizes: list[dict[str, Any]] = field(default_factory=list)


def read_network(document: Shape, cards: Cards, hostname: str) -> dict[str, Any]:
    """Elements by name. Raises ValueError."""
    network = document.inner("network") or document
    if network.text("version") != "2":
        raise ValueError("network-config must be version 2")
    strange = set(network.value) - {"version", "renderer", "ethernets", "bonds", "vlans"}
    if strange:
        raise ValueError(
            f"network-config has {', '.join(sorted(map(str, strange)))}, which is not known here"
        )
    found, ports = _Found(), dict[str, str]()
    for name, entry in network.members("ethernets"):
        ports[name] = cards.ports[_card(name, entry, cards)]
    pairs = [_pair(name, entry, ports) for name, entry in network.members("bonds")]
    ports |= {name: name for name, _ in network.members("bonds")}
    vlans = []
    for name, entry in network.members("vlans"):
        vlans.append(
            {"vlan_name": name, "vlan_id": entry.text("id"), "port_name": _port(entry, "link", ports)}
        )
        ports[name] = name
    for kind in ("ethernets", "bonds", "vlans"):
        for name, entry in network.members(kind):
            _interface(name, entry, ports[name], hostname, found)
    routing = {
        "default_gateway": found.gateways.get(4),
        "default_gateway_ipv6": found.gateways.get(6),
        "routes": found.routes,
    }
    settings: dict[str, Any] = {
        "ethernet_ports": found.sizes,
        "nic_pairs": pairs,
        "vlans": vlans,
        "ip_interfaces": found.interfaces,
        "routing": routing,
    }
    if found.servers:
        settings["dns"] = {"servers": [{"ip": server} for server in dict.fromkeys(found.servers)]}
    return settings


def _card(name: str, entry: Shape, cards: Cards) -> str:
    """The card an entry is about: by MAC address, by pattern, or its own name."""
    match = entry.inner("match") or Shape({}, entry.where)
    wanted, pattern = match.text("macaddress").lower(), match.text("name") or name
    for card in cards.ports:
        if cards.addresses.get(card) == wanted if wanted else fnmatchcase(card, pattern):
            return card
    there = ", ".join(cards.ports) or "none"
    raise ValueError(
        f"{entry.where} is {wanted or pattern}, and there is no such card here; there are: {there}"
    )


def _port(entry: Shape, name: str, ports: Mapping[str, str]) -> str:
    value = entry.text(name)
    if value not in ports:
        raise ValueError(f"{entry.where}/{name}: there is no {value or 'name'} in network-config")
    return ports[value]


def _pair(name: str, entry: Shape, ports: Mapping[str, str]) -> dict[str, Any]:
    members = entry.texts("interfaces")
    unknown = [member for member in members if member not in ports]
    if unknown or len(members) != 2:
        raise ValueError(f"{entry.where}/interfaces must name two of the ethernets")
    parameters = entry.inner("parameters") or Shape({}, entry.where)
    mode = parameters.text("mode") or "active-backup"
    if mode not in _MODES:
        raise ValueError(f"{entry.where}: mode {mode} is not known; {' or '.join(sorted(_MODES))}")
    return {"pair_name": name, "ports": [ports[member] for member in members], "mode": mode}


def _interface(name: str, entry: Shape, port: str, hostname: str, found: _Found) -> None:
    if size := entry.text("mtu"):
        found.sizes.append({"port_name": port, "mtu": size})
    for route in entry.entries("routes"):
        _route(f"{name}_{len(found.routes) + 1}", route.text("to"), route.text("via"), found)
    for gateway in (entry.text("gateway4"), entry.text("gateway6")):
        if gateway:
            _route("", "default", gateway, found)
    if servers := entry.inner("nameservers"):
        found.servers += servers.texts("addresses")
    addresses = [ip_interface(text) for text in entry.texts("addresses")]
    dhcp = entry.flag("dhcp4", default=False)
    if not (addresses or dhcp):
        return
    if dhcp and any(address.version == 4 for address in addresses):
        raise ValueError(f"{entry.where} has dhcp4 and an IPv4 address; it is one or the other")
    value: dict[str, Any] = {
        "interface_name": "Management" if not found.interfaces else _name(name),
        "port_name": port,
        "dhcp": dhcp,
        "hostname": hostname or "mailward.localdomain",
    }
    for address in addresses:
        family = f"ipv{address.version}"
        if family in value:
            raise ValueError(f"{entry.where} has two addresses of one family; an interface has one of each")
        value[family], value[f"{family}_prefix"] = str(address.ip), address.network.prefixlen
    found.interfaces.append(value)


def _name(name: str) -> str:
    clean = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_-") else "_" for sign in name)
    return clean if clean[:1].isalpha() else f"_{clean}"


def _route(name: str, to: str, via: str, found: _Found) -> None:
    if to in _DEFAULTS:
        version = ip_address(via).version
        if found.gateways.setdefault(version, via) != via:
            raise ValueError(f"there are two default gateways, {found.gateways[version]} and {via}")
    else:
        found.routes.append({"route_name": _name(name), "destination": to, "gateway": via})
