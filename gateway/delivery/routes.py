"""SMTP routes: where mail for a domain goes instead of to its MX hosts (G1, G24; console: `smtproutes`).

A route is looked up when a message is about to be delivered, never when it is accepted, so that a changed
relay applies to mail that already waits. The text form is the incumbent's:

    example.com    relay1.example.net:2525/pri=10, [relay2.example.net], [192.0.2.7]
    .example.com   /dev/null
    example.org    USEDNS
    ALL            smarthost.example.net

A plain host name goes through its own MX records; in brackets it is taken by address only.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.dns.domains import EVERYTHING, DomainTable, entry_key
from gateway.smtp.domain import BadDomain, typed_domain, unicode_domain
from mailward.errors import BadInput

DEFAULT_PORT = 25
HIGHEST_PORT = 65_535
LOWEST_PRIORITY = 65_535  # 0 is tried first, 65535 last
_HOST = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:/\s]+)(?::(?P<port>\d{1,5}))?(?:/pri=(?P<pri>\d{1,5}))?")


class RouteKind(StrEnum):
    """What a route does with the mail."""

    HOSTS = "hosts"
    USEDNS = "USEDNS"  # the domain's own MX, in spite of a wider route
    DISCARD = "/dev/null"


@dataclass(frozen=True, slots=True)
class RouteHost:
    """One destination host of a route.

    host: A-labels, or an address. by_address: skip MX records and take A/AAAA (bracketed in the text form).
    """

    host: str
    port: int = DEFAULT_PORT
    priority: int = 0
    by_address: bool = False

    @property
    def is_address(self) -> bool:
        """Whether `host` is an address, so that nothing has to be looked up."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

    def to_text(self) -> str:
        """As in the text form; a default port or priority is left out."""
        name = f"[{self.host}]" if self.by_address else self.host
        port = f":{self.port}" if self.port != DEFAULT_PORT else ""
        return name + port + (f"/pri={self.priority}" if self.priority else "")


@dataclass(frozen=True, slots=True)
class Route:
    """A destination: hosts by priority, the domain's own MX, or nowhere."""

    kind: RouteKind
    hosts: tuple[RouteHost, ...] = ()

    def to_text(self) -> str:
        """The right-hand side of a line of the text form."""
        if self.kind is RouteKind.HOSTS:
            return ", ".join(host.to_text() for host in self.hosts)
        return self.kind.value


class BadRoute(BadInput):
    """One destination that cannot be read."""

    key = "delivery.bad-route"
    sentence = "{text!r} is not a destination: {reason}"
    remedy = "Write host, host:port, host:port/pri=N, [address], USEDNS or /dev/null."


class BadRoutes(BadInput):
    """A routes file with mistakes; nothing of it is taken. `lines` is a list of (number, reason)."""

    key = "delivery.bad-routes"
    sentence = "The SMTP routes have {count} mistakes, the first in line {first}: {reason}"
    remedy = "Correct the lines and import the file again."

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        number, reason = lines[0]
        super().__init__(count=len(lines), first=number, reason=reason, lines=lines)


class Routes:
    """The table; immutable, so that a delivery in flight keeps the one it started with."""

    def __init__(self, entries: Mapping[str, Route] | None = None) -> None:
        self._table = DomainTable(entries)

    def __len__(self) -> int:
        return len(self._table)

    def find(self, domain: str) -> Route | None:
        """The route for a recipient's domain (A-labels); None means by DNS. A literal matches `ALL` only."""
        route = self._table.find(domain)
        return None if route is None or route.kind is RouteKind.USEDNS else route

    def entries(self) -> dict[str, Route]:
        """Routes by key, in the order they were given."""
        return dict(self._table.items())

    def to_text(self) -> str:
        """The export form, names in Unicode, one route a line."""
        return "".join(f"{_shown(key)} {route.to_text()}\n" for key, route in self._table.items())


def parse_host(text: str) -> RouteHost:
    """One destination host. Raises `BadRoute`."""
    whole = _bare_v6(text)
    if whole is not None:
        return RouteHost(whole, by_address=True)
    match = _HOST.fullmatch(text)
    if match is None:
        raise BadRoute(text=text, reason="host:port/pri=N was expected")
    port = int(match["port"] or DEFAULT_PORT)
    priority = int(match["pri"] or 0)
    if not 1 <= port <= HIGHEST_PORT:
        raise BadRoute(text=text, reason=f"port {port} is outside 1-{HIGHEST_PORT}")
    if priority > LOWEST_PRIORITY:
        raise BadRoute(text=text, reason=f"priority {priority} is above {LOWEST_PRIORITY}")
    name = match["host"]
    bracketed = name.startswith("[")
    inside = name[1:-1].strip() if bracketed else name
    if inside[:5].lower() == "ipv6:":
        inside = inside[5:]
    try:
        return RouteHost(str(ipaddress.ip_address(inside)), port, priority, by_address=True)
    except ValueError:
        pass  # not an address, so a name
    try:
        return RouteHost(typed_domain(inside), port, priority, by_address=bracketed)
    except BadDomain as error:
        raise BadRoute(text=text, reason=str(error.fields["why"])) from error


def parse_route(text: str) -> Route:
    """The destinations of one route. Raises `BadRoute`."""
    stripped = text.strip()
    if stripped.upper() == RouteKind.USEDNS:
        return Route(RouteKind.USEDNS)
    if stripped == RouteKind.DISCARD:
        return Route(RouteKind.DISCARD)
    hosts = tuple(parse_host(part.strip()) for part in stripped.split(","))
    if len({(host.host, host.port, host.by_address) for host in hosts}) < len(hosts):
        raise BadRoute(text=stripped, reason="a host is named twice")
    return Route(RouteKind.HOSTS, hosts)


def parse_routes(text: str) -> Routes:
    """The table from its text form. Raises `BadRoutes` with every faulty line, not just the first."""
    entries: dict[str, Route] = {}
    bad: list[tuple[int, str]] = []
    for number, key, rest, reason in _lines(text.split("\n")):
        if reason:
            bad.append((number, reason))
            continue
        if key in entries:
            bad.append((number, f"there is a route for {_shown(key)} already"))
            continue
        try:
            entries[key] = parse_route(rest)
        except BadRoute as error:
            bad.append((number, str(error)))
    if bad:
        raise BadRoutes(bad)
    return Routes(entries)


def _lines(lines: Iterable[str]) -> Iterable[tuple[int, str, str, str]]:
    """(number, key, destinations, what is wrong with the left-hand side) of each line that says something."""
    for number, line in enumerate(lines, 1):
        words = line.split("#", 1)[0].split(None, 1)
        if not words:
            continue
        if len(words) == 1:
            yield number, "", "", f"{words[0]} has no destination"
            continue
        try:
            yield number, entry_key(words[0]), words[1], ""
        except BadDomain as error:
            yield number, "", "", str(error)


def _bare_v6(text: str) -> str | None:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return None


def _shown(key: str) -> str:
    return key if key == EVERYTHING else unicode_domain(key)
