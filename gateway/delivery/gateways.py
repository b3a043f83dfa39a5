"""Virtual gateways: mail leaves from the address of a named interface (G1; console: `altsrchost`).

Which gateway a message takes is told by its sender or by the client it came from; text form, one rule a line:

    user@example.com   Outbound1
    @example.com       Outbound2
    .example.com       Outbound2
    192.0.2.0/24       Outbound3
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.dns.domains import candidates, entry_key
from gateway.smtp.domain import BadDomain, typed_domain
from mailward.errors import BadInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class VirtualGateway:
    """A named interface to send from. `host` goes into EHLO; the system chooses an address left empty."""

    name: str
    host: str
    v4: str = ""
    v6: str = ""

    def source(self, destination: str) -> str:
        """The source address towards `destination`, of its family; empty: any."""
        return self.v6 if ":" in destination else self.v4


class BadGatewayRules(BadInput):
    """Rules that cannot be read; nothing of them is taken. `lines` is a list of (number, reason)."""

    key = "delivery.bad-gateway-rules"
    sentence = "The source address rules have {count} mistakes, the first in line {first}: {reason}"
    remedy = "Write an address, @domain, .domain or network and the name of an IP interface."

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__(count=len(lines), first=lines[0][0], reason=lines[0][1], lines=lines)


class GatewayRules:
    """Rules from sender, domain or client network to the name of a gateway."""

    def __init__(self, rules: Mapping[str, str] | None = None) -> None:
        self._by_name: dict[str, str] = {}
        self._networks: list[tuple[Network, str]] = []
        self._given: dict[str, str] = {}
        for text, name in (rules or {}).items():
            self._add(text, name)

    def _add(self, text: str, name: str) -> None:
        key = _key(text)
        if isinstance(key, str):
            self._by_name[key] = name
        else:
            self._networks.append((key, name))
            self._networks.sort(key=lambda item: -item[0].prefixlen)
        self._given[str(key)] = name

    def find(self, sender: str, client: str = "") -> str | None:
        """The gateway for a message: by full address, by domain, then by the client's network."""
        local, at, domain = sender.rpartition("@")
        if at and self._by_name:
            try:
                domain = typed_domain(domain)
            except BadDomain:
                domain = "invalid"  # RFC 2606 §2: no rule can be about it
            keys = [
                f"{local.lower()}@{domain}",
                *(key if key.startswith(".") else f"@{key}" for key in candidates(domain)),
            ]
            for key in keys:
                if key in self._by_name:
                    return self._by_name[key]
        if client and self._networks:
            try:
                address = ipaddress.ip_address(client)
            except ValueError:
                return None
            return next((name for network, name in self._networks if address in network), None)
        return None

    def to_text(self) -> str:
        """The export form."""
        return "".join(f"{key} {name}\n" for key, name in self._given.items())


def _key(text: str) -> str | Network:
    """A rule's left-hand side. Raises `BadDomain`."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        pass  # no network, so a name
    local, at, domain = text.rpartition("@")
    if at:
        return f"{local.lower()}@{typed_domain(domain)}"
    key = entry_key(text)
    return key if key.startswith(".") else f"@{key}"


def parse_rules(text: str, known: Iterable[str]) -> GatewayRules:
    """Rules from their text form; `known` are the gateways there are. Raises `BadGatewayRules`."""
    names = set(known)
    rules: dict[str, str] = {}
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) != 2:
            bad.append((number, "two words were expected"))
            continue
        try:
            key = str(_key(words[0]))
        except BadDomain as error:
            bad.append((number, str(error)))
            continue
        if key in rules:
            bad.append((number, f"there is a rule for {words[0]} already"))
        elif words[1] not in names:
            bad.append((number, f"there is no interface {words[1]}"))
        else:
            rules[key] = words[1]
    if bad:
        raise BadGatewayRules(bad)
    return GatewayRules(rules)
