"""The PROXY protocol, versions 1 and 2: a load balancer in front says who the client is (G1).

Written after haproxy's doc/proxy-protocol.txt (sections 2.1 and 2.2). aiosmtpd has a parser too, but it reads
version 1 up to a line feed however far, takes ports such as `1_0`, waits for as much as 64 KB of version 2
and needs a StreamReader; here a header is at most 536 octets and is right to the letter, or refused.

A header is looked for only on connections from peers that are configured, and from those it is required: if
it were optional, a client could send one of its own; if others could send it, anybody could pass for a relay.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from gateway.access.index import Stretches
from gateway.access.sources import Addresses, BadSource, IpAddress, parse_source, plain_address
from mailward.errors import Rejected

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
MAX_V1 = 107  # octets with CRLF, section 2.1
MAX_V2 = 16 + 520  # addresses of the longest family and some extensions
_HEAD = struct.Struct("!12sBBH")
_V1 = re.compile(
    rb"PROXY (TCP4|TCP6) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n"
)
_V1_UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: [ -~]*)?\r\n")
_V1_FAMILIES: dict[bytes, type[IPv4Address] | type[IPv6Address]] = {
    b"TCP4": IPv4Address,
    b"TCP6": IPv6Address,
}
# Family and transport: (length of one address, class). Only streams can carry SMTP.
_V2_FAMILIES: dict[int, tuple[int, type[IPv4Address] | type[IPv6Address]]] = {
    0x11: (4, IPv4Address),
    0x21: (16, IPv6Address),
}
_LOCAL, _PROXY = 0x20, 0x21  # version 2 and the command


class BadProxyHeader(Rejected):
    """The header is malformed: drop the connection without a word."""

    key = "access.bad-proxy-header"
    sentence = "PROXY header refused: {why}"
    remedy = (
        "check that {peer} speaks the PROXY protocol to this listener, or take it out of the list of proxies"
    )


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """What a header says. `source` is None when the connection is the proxy's own (its health check).

    Attributes:
        length: octets of the header; what follows is SMTP.
    """

    length: int
    source: IpAddress | None
    source_port: int = 0
    destination: IpAddress | None = None
    destination_port: int = 0


def parse_proxy(data: bytes, *, peer: str = "the peer") -> ProxyHeader | None:
    """The header that `data` begins with; None if more octets are needed to tell.

    Args:
        data: what has come in so far. Never need more than `MAX_V2` octets be kept.
        peer: who it comes from, for the error's remedy.

    Raises:
        BadProxyHeader: these octets can never become a header.
    """
    if SIGNATURE.startswith(data[:12]):
        return _version2(data, peer) if len(data) >= _HEAD.size else None
    if b"PROXY ".startswith(data[:6]):
        return _version1(data, peer)
    raise BadProxyHeader(why="it is missing", peer=peer)


def _version1(data: bytes, peer: str) -> ProxyHeader | None:
    end = data.find(b"\n", 0, MAX_V1)
    if end < 0:
        if len(data) >= MAX_V1:
            raise BadProxyHeader(why=f"its line is over {MAX_V1} octets", peer=peer)
        return None
    line = data[: end + 1]
    if _V1_UNKNOWN.fullmatch(line):
        return ProxyHeader(len(line), None)
    match = _V1.fullmatch(line)
    if match is None:
        raise BadProxyHeader(why="its line does not follow version 1", peer=peer)
    family = _V1_FAMILIES[match[1]]
    ports = int(match[4]), int(match[5])
    try:
        source, destination = family(match[2].decode()), family(match[3].decode())
    except AddressValueError as error:
        raise BadProxyHeader(why="an address is not of its family", peer=peer) from error
    if max(ports) > 65_535:
        raise BadProxyHeader(why="a port is over 65535", peer=peer)
    return ProxyHeader(len(line), plain_address(source), ports[0], plain_address(destination), ports[1])


def _version2(data: bytes, peer: str) -> ProxyHeader | None:
    _, command, family, length = _HEAD.unpack_from(data)
    if command not in (_LOCAL, _PROXY):
        raise BadProxyHeader(why=f"version and command 0x{command:02x} are unknown", peer=peer)
    total = _HEAD.size + length
    if total > MAX_V2:
        raise BadProxyHeader(why=f"it is over {MAX_V2} octets", peer=peer)
    size, kind = _V2_FAMILIES.get(family, (0, IPv4Address))
    if command == _PROXY and not size and family != 0:
        raise BadProxyHeader(why=f"address family and transport 0x{family:02x} carry no SMTP", peer=peer)
    if command == _PROXY and length < 2 * size + (4 if size else 0):
        raise BadProxyHeader(why="its addresses are cut off", peer=peer)
    if len(data) < total:
        return None
    if command == _LOCAL or not size:
        return ProxyHeader(total, None)
    start = _HEAD.size
    source, destination = data[start : start + size], data[start + size : start + 2 * size]
    source_port, destination_port = struct.unpack_from("!HH", data, start + 2 * size)
    return ProxyHeader(
        total,
        plain_address(kind(source)),
        source_port,
        plain_address(kind(destination)),
        destination_port,
    )


class TrustedProxies:
    """The peers that may, and must, send a PROXY header."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts`: addresses, ranges and CIDR blocks as in the host access table.

        Raises:
            BadSource: one of them is no address.
        """
        ranges: dict[int, list[tuple[int, int, int]]] = {4: [], 6: []}
        for text in texts:
            source = parse_source(text)
            if not isinstance(source, Addresses):
                raise BadSource(text=text, why="a proxy is named by its address")
            ranges[source.version].append((source.low, source.high, 0))
        self._stretches = {version: Stretches(items, 1) for version, items in ranges.items()}

    def __contains__(self, address: IpAddress) -> bool:
        plain = plain_address(address)
        return self._stretches[plain.version].lowest(int(plain)) == 0
