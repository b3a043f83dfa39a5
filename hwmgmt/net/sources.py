"""Where `Network` comes from: rtnetlink, or psutil where that is closed, or netifaces where a site keeps it.

psutil knows no routes. netifaces (the extra `[netifaces]`; archived, no wheels past Python 3.9) knows
gateways and neither state nor speed. Driver and speed come from sysfs in every case.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from importlib import import_module
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from pathlib import Path
from typing import Any, Protocol

import psutil
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from hwmgmt.net import netlink
from hwmgmt.net.links import Link, Network, Route
from hwmgmt.net.netlink import DUMP, ROUTE, Netlink, OpenNetlink
from hwmgmt.reading import (
    Reading,
    Reason,
    failed,
    known,
    missing,
    read_int,
    read_link_name,
    read_text,
)

SYS_NET = "sys/class/net"
RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE = 18, 22, 26
_IFF_UP, _IFF_LOOPBACK, _IFF_LOWER_UP = 0x1, 0x8, 0x10000
_MAIN_TABLE, _UNICAST = 254, 1
# A dump is interrupted when links come and go meanwhile; more often than this and something flaps.
_DUMP_TRIES = 5

Addresses = dict[str, list[IPv4Interface | IPv6Interface]]


class Source(Protocol):
    """A way to read the network; never raises."""

    def __call__(self, root: Path, /) -> Reading[Network]: ...


def driver_of(root: Path, name: str) -> Reading[str]:
    """The kernel driver of a card; absent for what has no device behind it."""
    return read_link_name(root, f"{SYS_NET}/{name}/device/driver")


def speed_of(root: Path, name: str) -> Reading[int]:
    """Mbit/s; unsupported when the driver does not know (the kernel answers -1, or an error while down)."""
    speed = read_int(root, f"{SYS_NET}/{name}/speed", "Mbit/s")
    if speed.value is not None and speed.value <= 0:
        return missing(Reason.UNSUPPORTED, "the driver does not know", unit="Mbit/s")
    return speed


def from_netlink(
    root: Path,
    *,
    deadline: float = netlink.DEADLINE,
    open_socket: OpenNetlink = netlink.open_socket,
) -> Reading[Network]:
    """Links, addresses and the main routing table from the kernel, by pyroute2's message classes."""
    try:
        with Netlink(ROUTE, deadline=deadline, open_socket=open_socket) as kernel:
            links = _dump(kernel, RTM_GETLINK, ifinfmsg)
            addresses = _dump(kernel, RTM_GETADDR, ifaddrmsg)
            # Asked for all families at once, Linux 6.18 answers the IPv4 routes only.
            routes = [
                *_dump(kernel, RTM_GETROUTE, rtmsg, socket.AF_INET),
                *_dump(kernel, RTM_GETROUTE, rtmsg, socket.AF_INET6),
            ]
    except OSError as error:
        return failed(error, "rtnetlink")
    names = {link["index"]: str(link.get_attr("IFLA_IFNAME")) for link in links}
    found: Addresses = {}
    for message in addresses:
        name = names.get(message["index"])
        text = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
        if name and text:
            found.setdefault(name, []).append(ip_interface(f"{text}/{message['prefixlen']}"))
    return known(
        Network(
            source="netlink",
            links=tuple(_link(root, link, names, found) for link in links),
            routes=known(tuple(_route(route, names) for route in routes if _wanted(route))),
        )
    )


def _dump(kernel: Netlink, kind: int, message: type, family: int = socket.AF_UNSPEC) -> list[Any]:
    for _ in range(_DUMP_TRIES):
        request = message()
        request["family"] = family
        try:
            return kernel.request(request, kind, DUMP, message)
        except InterruptedError:
            continue
    raise OSError(errno.EAGAIN, "links change faster than they can be listed")


def _link(root: Path, message: Any, names: Mapping[int, str], addresses: Addresses) -> Link:
    name = str(message.get_attr("IFLA_IFNAME"))
    flags = message["flags"]
    info = message.get_attr("IFLA_LINKINFO")
    kind = "loopback" if flags & _IFF_LOOPBACK else (info and info.get_attr("IFLA_INFO_KIND")) or ""
    up = bool(flags & _IFF_UP)
    return Link(
        name=name,
        index=message["index"],
        kind=str(kind),
        up=up,
        carrier=known(bool(flags & _IFF_LOWER_UP)) if up else missing(Reason.UNSUPPORTED, "the link is down"),
        mtu=int(message.get_attr("IFLA_MTU") or 0),
        mac=str(message.get_attr("IFLA_ADDRESS") or ""),
        driver=driver_of(root, name),
        speed=speed_of(root, name),
        master=names.get(message.get_attr("IFLA_MASTER") or 0, ""),
        addresses=tuple(addresses.get(name, ())),
    )


def _wanted(message: Any) -> bool:
    table = message.get_attr("RTA_TABLE") or message["table"]
    return bool(table == _MAIN_TABLE and message["type"] == _UNICAST)


def _route(message: Any, names: Mapping[int, str]) -> Route:
    prefix = message.get_attr("RTA_DST")
    hops = message.get_attr("RTA_MULTIPATH") or ()
    hop = hops[0] if hops else None
    gateway = message.get_attr("RTA_GATEWAY") or (hop and hop.get_attr("RTA_GATEWAY")) or ""
    index = message.get_attr("RTA_OIF") or (hop and hop["oif"])
    return Route(
        destination=f"{prefix}/{message['dst_len']}" if prefix else "default",
        gateway=str(gateway),
        port=names.get(index or 0, ""),
        metric=int(message.get_attr("RTA_PRIORITY") or 0),
        source=str(message.get_attr("RTA_PREFSRC") or ""),
    )


# -- psutil and netifaces -----------------------------------------------------------------------------------


def from_psutil(root: Path) -> Reading[Network]:
    """Links and addresses without routes."""
    try:
        stats = psutil.net_if_stats()
        addresses = psutil.net_if_addrs()
    except OSError as error:
        return failed(error, "psutil")
    links = []
    for index, (name, stat) in enumerate(sorted(stats.items()), 1):
        flags = set(stat.flags.split(","))
        up = "up" in flags
        own = [
            ip_interface(f"{one.address.split('%')[0]}/{one.netmask}")
            for one in addresses.get(name, ())
            if one.family == socket.AF_INET and one.netmask
        ]
        macs = [one.address for one in addresses.get(name, ()) if one.family == psutil.AF_LINK]
        carrier: Reading[bool] = (
            known("running" in flags) if up else missing(Reason.UNSUPPORTED, "the link is down")
        )
        links.append(
            Link(
                name=name,
                index=_index(name, index),
                kind=_sysfs_kind(root, name, flags),
                up=up,
                carrier=carrier,
                mtu=stat.mtu,
                mac=macs[0] if macs else "",
                driver=driver_of(root, name),
                speed=speed_of(root, name),
                master=read_link_name(root, f"{SYS_NET}/{name}/master").otherwise(""),
                addresses=(*own, *_sixes(addresses.get(name, ()))),
            )
        )
    routes: Reading[tuple[Route, ...]] = missing(Reason.UNSUPPORTED, "psutil knows no routes")
    return known(Network("psutil", tuple(links), routes))


def _index(name: str, otherwise: int) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return otherwise


def _sixes(addresses: Any) -> list[IPv6Interface]:
    found = []
    for one in addresses:
        if one.family == socket.AF_INET6:
            mask = int(IPv6Interface(one.netmask).ip).bit_count() if one.netmask else 128
            found.append(IPv6Interface(f"{one.address.split('%')[0]}/{mask}"))
    return found


def _sysfs_kind(root: Path, name: str, flags: set[str]) -> str:
    """Without netlink: DEVTYPE of what has no device, or "virtual"."""
    if "loopback" in flags:
        return "loopback"
    if driver_of(root, name).ok:
        return ""
    uevent = read_text(root, f"{SYS_NET}/{name}/uevent").otherwise("")
    kinds = [line.partition("=")[2] for line in uevent.splitlines() if line.startswith("DEVTYPE=")]
    return kinds[0] if kinds else "virtual"


def from_netifaces(
    root: Path, *, load: Callable[[str], Any] = import_module, links: Source = from_psutil
) -> Reading[Network]:
    """psutil's links with the default gateways that netifaces knows; absent where it is not installed."""
    try:
        netifaces = load("netifaces")
    except ImportError:
        return missing(Reason.ABSENT, "netifaces is not installed (pip install 'mailward[netifaces]')")
    network = links(root)
    if network.value is None:
        return network
    routes = [
        Route("default", gateway, port, 0)
        for family in (netifaces.AF_INET, netifaces.AF_INET6)
        for gateway, port, *_ in netifaces.gateways().get(family, ())
    ]
    return known(Network("netifaces", network.value.links, known(tuple(routes))))


SOURCES: Mapping[str, Source] = {
    "netlink": from_netlink,
    "netifaces": from_netifaces,
    "psutil": from_psutil,
}


def read_network(root: Path = Path("/"), *, sources: Mapping[str, Source] = SOURCES) -> Reading[Network]:
    """The first source that answers, in the order of the table; the notes name those that did not."""
    notes: list[str] = []
    last: Reading[Network] = missing(Reason.ABSENT, "no source")
    for name, source in sources.items():
        last = source(root)
        if last.value is not None:
            network = last.value
            return known(Network(network.source, network.links, network.routes, tuple(notes)))
        notes.append(f"{name}: {last.reason}, {last.detail}")
    return last
