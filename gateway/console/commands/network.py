"""`interfaceconfig`, `etherconfig`, `routeconfig`, `setgateway`."""

from __future__ import annotations

from typing import Any

from gateway.config.elements.network import EthernetPort, IpInterface, NicPair, Route, Routing, Vlan
from gateway.console.call import Call
from gateway.console.fields import of_field
from gateway.console.handlers import Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Optional
from gateway.console.settings import Settings
from gateway.console.values import plain

PORTS = ("Management", *(f"Data {number}" for number in range(1, 7)))


def port_names(call: Call) -> list[str]:
    """Every port an interface can be on: Ethernet ports, VLANs, pairs."""
    config = call.config
    known = [port.port_name for port in config.ethernet_ports] or list(PORTS)
    return [
        *known,
        *(vlan.vlan_name for vlan in config.vlans),
        *(pair.pair_name for pair in config.nic_pairs),
    ]


def _port(call: Call, answers: Answers) -> Optional:
    return Optional(Choice([(name, name) for name in port_names(call)]))


def _static(call: Call, answers: Answers) -> bool:
    return not answers.get("dhcp")


INTERFACES = Listing(
    ("ip_interfaces",),
    "interface",
    "interface_name",
    (
        of_field(
            IpInterface, "interface_name", 'Please enter a name for this interface (Ex: "InternalNet"):'
        ),
        of_field(
            IpInterface,
            "port_name",
            "Which Ethernet port is it on? `none` for one that another brings up.",
            kind=_port,
        ),
        of_field(
            IpInterface,
            "dhcp",
            "Shall it ask DHCP for its IPv4 address?",
            when=lambda _, answers: bool(answers.get("port_name")),
        ),
        of_field(IpInterface, "ipv4", "IPv4 address (Ex: 192.168.1.2):", when=_static),
        of_field(
            IpInterface,
            "ipv4_prefix",
            "Bits of its netmask (Ex: 24):",
            when=lambda _, answers: bool(answers.get("ipv4")),
        ),
        of_field(IpInterface, "ipv6", "IPv6 address (Ex: 2001:db8::2), `none` for none:"),
        of_field(
            IpInterface,
            "ipv6_prefix",
            "Bits of its prefix (Ex: 64):",
            when=lambda _, answers: bool(answers.get("ipv6")),
        ),
        of_field(IpInterface, "hostname", "Hostname:"),
        of_field(IpInterface, "ssh", "Do you want to allow SSH and SFTP on this interface?"),
        of_field(IpInterface, "ftp", "Do you want to allow FTP on this interface?"),
    ),
    element=IpInterface,
    columns=("interface_name", "port_name", "dhcp", "ipv4", "ipv6", "hostname"),
    finish=lambda call, answers, old: {"ipv4": "", **answers} if answers.get("dhcp") else answers,
)
INTERFACECONFIG = Menu(INTERFACES.show, *INTERFACES.operations(clear=False))

MEDIA = Listing(
    ("ethernet_ports",),
    "port",
    "port_name",
    (
        of_field(EthernetPort, "port_name", "Name of the port as on its label (Ex: Data 1):"),
        of_field(EthernetPort, "device", "Its name in the kernel, `none` for the model's own:"),
        of_field(EthernetPort, "media", "Please choose the media option:"),
        of_field(EthernetPort, "mtu", "Please enter the MTU:"),
    ),
    element=EthernetPort,
)
VLANS = Listing(
    ("vlans",),
    "VLAN",
    "vlan_name",
    (
        of_field(Vlan, "vlan_name", "Enter the name of the VLAN (Ex: Vlan31):"),
        of_field(Vlan, "vlan_id", "VLAN tag ID (Ex: 31):"),
        of_field(Vlan, "port_name", "Enter the name of the port it is on:"),
    ),
    element=Vlan,
)
PAIRS = Listing(
    ("nic_pairs",),
    "pair",
    "pair_name",
    (
        of_field(NicPair, "pair_name", "Please enter a name for this pair (Ex: Pair1):"),
        of_field(NicPair, "ports", "Which two ports, separated by a comma (Ex: Data 1, Data 2)?"),
        of_field(NicPair, "mode", "How do they share the work?"),
    ),
    element=NicPair,
)


def _ether(call: Call) -> Any:
    config = call.config
    call.say(f"Ports with settings of their own: {len(config.ethernet_ports)}")
    call.say(f"VLANs: {len(config.vlans)}  Pairs: {len(config.nic_pairs)}")
    return {
        "ethernet_ports": [plain(port) for port in config.ethernet_ports],
        "vlans": [plain(vlan) for vlan in config.vlans],
        "nic_pairs": [plain(pair) for pair in config.nic_pairs],
    }


ETHERCONFIG = Menu(
    _ether,
    Operation(
        "MEDIA",
        "View and edit Ethernet media settings.",
        Menu(MEDIA.show, *MEDIA.operations()),
        changes=False,
    ),
    Operation(
        "PAIRING", "View and configure NIC pairing.", Menu(PAIRS.show, *PAIRS.operations()), changes=False
    ),
    Operation("VLAN", "View and configure VLANs.", Menu(VLANS.show, *VLANS.operations()), changes=False),
)

ROUTES = Listing(
    ("routing", "routes"),
    "route",
    "route_name",
    (
        of_field(Route, "route_name", "Please create a name for the route:"),
        of_field(
            Route,
            "destination",
            "Please enter the destination address or network to match (Ex: 10.2.0.0/16):",
        ),
        of_field(Route, "gateway", "Please enter the gateway for this route:"),
    ),
    element=Route,
)
ROUTECONFIG = Menu(ROUTES.show, *ROUTES.operations())

SETGATEWAY = Settings(
    ("routing",),
    (
        of_field(Routing, "default_gateway", "Enter new default gateway, `none` for the one DHCP names:"),
        of_field(Routing, "default_gateway_ipv6", "Enter new default IPv6 gateway, `none` for none:"),
    ),
).action("Where what is not local goes.")
