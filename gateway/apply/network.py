"""Ports, VLANs, pairs, addresses and routes as systemd-networkd reads them (systemd.network(5))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface, ip_network

from gateway.apply.machine import Machine
from gateway.apply.ports import Ports, find_ports
from gateway.apply.templates import fill
from gateway.apply.tree import Node, text
from gateway.config.elements.network import IpInterface, Media
from gateway.config.model import Config

FOLDER = "/run/systemd/network"
# The name of what the release brings for a machine without interfaces: this one takes its place.
UNUSED = f"{FOLDER}/80-mailward.network"
_UNUSED = """\
# The configuration says which ports have addresses: the others have none.
[Match]
Type=ether
Kind=!*

[Network]
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
LLDP=no

[Link]
RequiredForOnline=no
"""

_FIXED = {
    Media.TEN_HALF: ("10M", "half"),
    Media.TEN_FULL: ("10M", "full"),
    Media.HUNDRED_HALF: ("100M", "half"),
    Media.HUNDRED_FULL: ("100M", "full"),
}
_ADVERTISED = {Media.GIGABIT: "1000baset-full"}  # gigabit on copper needs autonegotiation (IEEE 802.3 40.5.1)


@dataclass(frozen=True, slots=True)
class Route:
    """`destination` is empty for the default route."""

    gateway: str
    destination: str = ""


@dataclass(slots=True)
class _Device:
    """One device, gathered from the elements that name it."""

    title: str
    dhcp: bool = False
    addresses: list[str] = field(default_factory=list)
    networks: list[IPv4Network | IPv6Network] = field(default_factory=list)
    vlans: list[str] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    bond: str = ""
    mtu: int = 0


def render_network(config: Config, machine: Machine) -> tuple[dict[str, Node], list[str]]:
    """Files, and what this machine cannot do of it. No files at all while no interface names a port."""
    if not any(interface.port_name for interface in config.ip_interfaces):
        return _links(config, find_ports(config, machine)), []
    ports = find_ports(config, machine)
    problems: list[str] = []
    devices = _devices(config, ports, problems)
    _routes(config, devices, problems)
    shared = {
        "use_dns": not config.dns.servers,
        "use_ntp": not config.time.ntp_servers,
        "use_gateway": config.routing.default_gateway is None,
    }
    files: dict[str, Node] = {UNUSED: text(_UNUSED), **_links(config, ports), **_netdevs(config, ports)}
    for name, device in devices.items():
        content = fill(
            "network.j2",
            device=name,
            title=device.title,
            dhcp=device.dhcp,
            addresses=device.addresses,
            vlans=device.vlans,
            routes=device.routes,
            bond=device.bond,
            mtu=device.mtu,
            **shared,
        )
        files[f"{FOLDER}/10-{name}.network"] = text(content)
    return files, problems


def _devices(config: Config, ports: Ports, problems: list[str]) -> dict[str, _Device]:
    found: dict[str, _Device] = {}

    def device(port: str, who: str) -> _Device | None:
        name = ports.devices.get(port)
        if name is None:
            there = ", ".join(ports.devices) or "none"
            problems.append(f"{who}: there is no port {port} here; there are: {there}")
            return None
        return found.setdefault(name, _Device(port))

    for pair in config.nic_pairs:
        for port in pair.ports:
            if member := device(port, f"nic_pair {pair.pair_name}"):
                member.bond = ports.devices[pair.pair_name]
    for vlan in config.vlans:
        if parent := device(vlan.port_name, f"vlan {vlan.vlan_name}"):
            parent.vlans.append(ports.devices[vlan.vlan_name])
    for interface in config.ip_interfaces:
        if interface.port_name and (
            on := device(interface.port_name, f"interface {interface.interface_name}")
        ):
            _address(interface, on)
    sizes = {port.port_name: port.mtu for port in config.ethernet_ports}
    for port, name in ports.devices.items():
        if name in found and port in sizes:
            found[name].mtu = sizes[port]
    for name, member in found.items():
        if member.bond and (member.addresses or member.dhcp or member.vlans):
            problems.append(
                f"port {member.title} ({name}) is half of a pair: addresses and VLANs go to the pair"
            )
    return dict(sorted(found.items()))


def _address(interface: IpInterface, device: _Device) -> None:
    device.dhcp = device.dhcp or interface.dhcp
    for address, prefix in (
        (interface.ipv4, interface.ipv4_prefix),
        (interface.ipv6, interface.ipv6_prefix),
    ):
        if address:
            whole = ip_interface(f"{address}/{prefix}")
            device.addresses.append(str(whole))
            device.networks.append(whole.network)


def _routes(config: Config, devices: Mapping[str, _Device], problems: list[str]) -> None:
    """Each route goes to the device in whose network its gateway is; with DHCP the network is not known before."""
    routing = config.routing
    wanted = [
        (f"route {route.route_name}", Route(route.gateway, str(ip_network(route.destination, strict=False))))
        for route in routing.routes
    ]
    for gateway in (routing.default_gateway, routing.default_gateway_ipv6):
        if gateway:
            wanted.append(("default gateway", Route(gateway)))
    for what, route in wanted:
        address = ip_address(route.gateway)
        on = [device for device in devices.values() if any(address in network for network in device.networks)]
        on = on or [device for device in devices.values() if device.dhcp]
        if on:
            on[0].routes.append(route)
        else:
            problems.append(f"{what}: the gateway {route.gateway} is in no network of an interface")


def _netdevs(config: Config, ports: Ports) -> dict[str, Node]:
    files: dict[str, Node] = {}
    for vlan in config.vlans:
        name = ports.devices[vlan.vlan_name]
        content = fill("netdev.j2", title=vlan.vlan_name, device=name, kind="vlan", vlan_id=vlan.vlan_id)
        files[f"{FOLDER}/10-{name}.netdev"] = text(content)
    for pair in config.nic_pairs:
        name = ports.devices[pair.pair_name]
        content = fill("netdev.j2", title=pair.pair_name, device=name, kind="bond", mode=pair.mode.value)
        files[f"{FOLDER}/10-{name}.netdev"] = text(content)
        files[f"{FOLDER}/10-{name}.network"] = text(
            fill(
                "network.j2", title=pair.pair_name, device=name, dhcp=False, addresses=(), vlans=(), routes=(), bond="",
                mtu=0, use_dns=True, use_ntp=True, use_gateway=True,
            )
        )  # fmt: skip
    return files


def _links(config: Config, ports: Ports) -> dict[str, Node]:
    """What a card is told to speak; one that finds out by itself needs no file."""
    files: dict[str, Node] = {}
    for port in config.ethernet_ports:
        name = ports.devices.get(port.port_name)
        if port.media is Media.AUTOSELECT or name not in ports.cards:
            continue
        speed, duplex = _FIXED.get(port.media, ("", ""))
        advertise = _ADVERTISED.get(port.media, "")
        content = fill(
            "link.j2", title=port.port_name, device=name, advertise=advertise, speed=speed, duplex=duplex
        )
        files[f"{FOLDER}/10-{name}.link"] = text(content)
    return files
