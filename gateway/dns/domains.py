"""Tables looked up by domain name.

Every table of the delivery side (SMTP routes, destination controls, DNS servers per zone) has the incumbent's
three kinds of entry: `example.com` (that name), `.example.com` (everything below it) and `ALL`. Names may be
given in Unicode (G24); keys are A-labels in lower case, so a lookup never depends on how a name was typed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from gateway.smtp.domain import typed_domain

T = TypeVar("T")

EVERYTHING = "ALL"


def entry_key(name: str) -> str:
    """The key of a table entry: `ALL`, `.domain` or `domain`. Raises `BadDomain`."""
    if name.upper() == EVERYTHING:
        return EVERYTHING
    if name.startswith("."):
        return "." + typed_domain(name[1:])
    return typed_domain(name)


def literal_address(domain: str) -> str | None:
    """The address in a domain literal of RFC 5321 §4.1.3 (`[192.0.2.1]`, `[IPv6:2001:db8::1]`), or None."""
    if not (domain.startswith("[") and domain.endswith("]")):
        return None
    inside = domain[1:-1]
    if inside[:5].lower() == "ipv6:":
        inside = inside[5:]
    try:
        return str(ipaddress.ip_address(inside))
    except ValueError:
        return None


def candidates(domain: str) -> Iterator[str]:
    """The keys that may hold an entry for `domain` (A-labels, lower case), the most specific first."""
    yield domain
    rest = domain
    while "." in rest:
        rest = rest.split(".", 1)[1]
        yield "." + rest
    yield EVERYTHING


class DomainTable(Generic[T]):
    """Values by domain, `.domain` and `ALL`; the most specific entry wins, whatever the order of entry."""

    def __init__(self, entries: Mapping[str, T] | None = None) -> None:
        self._entries: dict[str, T] = {}
        for name, value in (entries or {}).items():
            self._entries[entry_key(name)] = value

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def items(self) -> Iterator[tuple[str, T]]:
        """Entries by key, in the order they were given."""
        return iter(self._entries.items())

    def find(self, domain: str) -> T | None:
        """The entry for `domain` (already A-labels in lower case), or None where nothing matches."""
        if not self._entries:
            return None
        if domain.startswith("["):
            return self._entries.get(EVERYTHING)
        for key in candidates(domain):
            if key in self._entries:
                return self._entries[key]
        return None
