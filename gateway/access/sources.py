"""What a line of the host access table may name: addresses, hosts, reputation, DNS lists (G1, G24).

The text forms are the incumbent's, so that its exported tables can be imported:

    192.0.2.1  2001:db8::1          one address
    192.0.2.  192.0  10             a partial address
    192.0.2.1-20  192.0-5  10-12.   a range; also 192.0.2.1-192.0.3.9 and 2001:db8::1-2001:db8::ff
    192.0.2.0/24  10/8  2001:db8::/32
    mail.example.com                a host, when its PTR and address records agree
    .example.com                    every host below example.com
    sbrs[-10.0:-3.0]  sbrs[none]    IP reputation score, bounds included
    dnslist[list.example.com]       listed there (RFC 5782)
    nx.domain  serv.fail  not.double.verified   state of the peer's reverse DNS
    ALL

`str()` of a source parses back to an equal one; names come out in U-labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network

from gateway.smtp.domain import BadDomain, typed_domain, unicode_domain
from mailward.errors import BadInput

IpAddress = IPv4Address | IPv6Address

ALLOWED = (
    "an IP address, partial address, range or CIDR block, a host, .partial.domain, sbrs[low:high], "
    "sbrs[none], dnslist[zone], nx.domain, serv.fail, not.double.verified or ALL"
)
LOWEST_SCORE, HIGHEST_SCORE = -10.0, 10.0


class BadSource(BadInput):
    """A text that names no source."""

    key = "access.bad-source"
    sentence = "{text!r} is no source: {why}"
    remedy = "write " + ALLOWED


@dataclass(frozen=True, slots=True)
class Addresses:
    """All addresses from `low` to `high`, both included, as numbers. `text` is how it was written."""

    version: int
    low: int
    high: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Host:
    """One host, in A-labels."""

    name: str

    def __str__(self) -> str:
        return unicode_domain(self.name)


@dataclass(frozen=True, slots=True)
class Below:
    """Every host below a domain, in A-labels without the leading dot."""

    domain: str

    def __str__(self) -> str:
        return f".{unicode_domain(self.domain)}"


@dataclass(frozen=True, slots=True)
class Score:
    """A band of the IP reputation score, bounds included."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"sbrs[{self.low:.1f}:{self.high:.1f}]"


@dataclass(frozen=True, slots=True)
class NoScore:
    """The reputation service has no score for the peer."""

    def __str__(self) -> str:
        return "sbrs[none]"


@dataclass(frozen=True, slots=True)
class DnsList:
    """The peer is on a DNS list, RFC 5782."""

    zone: str

    def __str__(self) -> str:
        return f"dnslist[{unicode_domain(self.zone)}]"


class HostDns(StrEnum):
    """State of the peer's reverse DNS; the last three may stand in a table."""

    NOT_ASKED = "not.asked"
    VERIFIED = "verified"
    NX_DOMAIN = "nx.domain"  # no PTR record
    SERV_FAIL = "serv.fail"  # looking for it failed for the time being
    NOT_DOUBLE_VERIFIED = "not.double.verified"  # the PTR's name does not lead back to the address


@dataclass(frozen=True, slots=True)
class Everyone:
    """ALL."""

    def __str__(self) -> str:
        return "ALL"


Source = Addresses | Host | Below | Score | NoScore | DnsList | HostDns | Everyone

_IN_TABLES = {
    state.value: state for state in (HostDns.NX_DOMAIN, HostDns.SERV_FAIL, HostDns.NOT_DOUBLE_VERIFIED)
}
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PARTIAL = re.compile(rf"({_OCTET}(?:\.{_OCTET}){{0,3}})(?:-({_OCTET}))?(\.)?", re.ASCII)
_CIDR = re.compile(rf"({_OCTET}(?:\.{_OCTET}){{0,3}})\.?/(\d{{1,2}})", re.ASCII)
_LOOKS_NUMERIC = re.compile(r"[\d./\-]+", re.ASCII)
_BRACKETS = re.compile(r"(sbrs|dnslist)\[(.*)\]", re.IGNORECASE)
_SCORE = re.compile(r"([+-]?\d{1,2}(?:\.\d)?):([+-]?\d{1,2}(?:\.\d)?)", re.ASCII)


def parse_source(text: str) -> Source:
    """The source that `text` names.

    Raises:
        BadSource: with what is wrong and, as the remedy, what is allowed.
    """
    if text.upper() == "ALL":
        return Everyone()
    if state := _IN_TABLES.get(text.lower()):
        return state
    if match := _BRACKETS.fullmatch(text):
        return _BRACKETED[match[1].lower()](text, match[2].strip())
    if _LOOKS_NUMERIC.fullmatch(text):
        return _ipv4(text)
    if ":" in text:
        return _ipv6(text)
    name = text.removeprefix(".")
    try:
        domain = typed_domain(name)
    except BadDomain as error:
        raise BadSource(text=text, why=error.fields["why"]) from error
    if _LOOKS_NUMERIC.fullmatch(domain):  # full-width or superscript digits, mapped
        raise BadSource(text=text, why="it looks like an IPv4 address, but is none")
    return Below(domain) if name != text else Host(domain)


def _ipv4(text: str) -> Addresses:
    if match := _PARTIAL.fullmatch(text):
        start, last, dot = match.groups()
        octets = start.count(".") + 1
        if octets == 4 and dot:
            raise BadSource(text=text, why="four octets are a full address, without a dot behind it")
        end = f"{start.rpartition('.')[0]}.{last}".removeprefix(".") if last else start
        return _range4(text, _padded(start, octets, 0), _padded(end, octets, 255))
    if match := _CIDR.fullmatch(text):
        bits = int(match[2])
        if bits > 32:
            raise BadSource(text=text, why="an IPv4 prefix has at most 32 bits")
        network = ip_network((_padded(match[1], match[1].count(".") + 1, 0), bits), strict=False)
        return Addresses(4, int(network[0]), int(network[-1]), text)
    low, dash, high = text.partition("-")
    try:
        if dash:
            return _range4(text, int(IPv4Address(low)), int(IPv4Address(high)))
    except AddressValueError as error:
        raise BadSource(text=text, why=str(error)) from error
    raise BadSource(text=text, why="it looks like an IPv4 address, but is none")


def _padded(start: str, octets: int, filler: int) -> int:
    return int(IPv4Address(start + f".{filler}" * (4 - octets)))


def _range4(text: str, low: int, high: int) -> Addresses:
    if low > high:
        raise BadSource(text=text, why="the range ends before it starts")
    return Addresses(4, low, high, text)


def _ipv6(text: str) -> Addresses:
    try:
        if "%" in text:
            raise BadSource(text=text, why="a zone means nothing in a table")
        if "/" in text:
            network = ip_network(text, strict=False)
            return Addresses(6, int(network[0]), int(network[-1]), text.lower())
        low, _, high = text.partition("-")
        first, last = int(IPv6Address(low)), int(IPv6Address(high or low))
    except ValueError as error:
        raise BadSource(text=text, why=str(error)) from error
    if first > last:
        raise BadSource(text=text, why="the range ends before it starts")
    return Addresses(6, first, last, text.lower())


def _score(text: str, inside: str) -> Source:
    if inside.lower() == "none":
        return NoScore()
    match = _SCORE.fullmatch(inside)
    if match is None:
        raise BadSource(text=text, why="a band of scores is two numbers with a colon, or none")
    low, high = float(match[1]) + 0.0, float(match[2]) + 0.0  # + 0.0 turns -0.0 into 0.0
    if not LOWEST_SCORE <= low <= high <= HIGHEST_SCORE:
        raise BadSource(text=text, why="scores go from -10.0 to 10.0, the lower one first")
    return Score(low, high)


def _dns_list(text: str, inside: str) -> Source:
    try:
        return DnsList(typed_domain(inside))
    except BadDomain as error:
        raise BadSource(text=text, why=error.fields["why"]) from error


_BRACKETED: dict[str, Callable[[str, str], Source]] = {"sbrs": _score, "dnslist": _dns_list}


def plain_address(text: str | IpAddress) -> IpAddress:
    """The address as tables see it: an IPv4 address that came in over an IPv6 socket is an IPv4 address."""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
