"""Domain names as delivery keys, and tables looked up by them.

Every table of the delivery side (SMTP routes, destination controls, DNS servers per zone) has the incumbent's
three kinds of entry: `example.com` (that name), `.example.com` (everything below it) and `ALL`. Names may be
given in Unicode (G24); keys are A-labels in lower case, so a lookup never depends on how a name was typed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import idna

from mailward.errors import BadInput

T = TypeVar("T")

EVERYTHING = "ALL"
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_LONGEST_NAME = 253  # RFC 1035 §2.3.4: 255 octets on the wire
_LONGEST_LABEL = 63


class BadDomain(BadInput):
    """A name that no DNS query could carry."""

    key = "delivery.bad-domain"
    sentence = "{name!r} is not a domain name: {reason}"
    remedy = "Write it as example.com, in Unicode or as xn-- labels, without spaces."


def to_ascii(name: str) -> str:
    """The lower-case A-label form of `name` (RFC 5890), without a final dot. Raises `BadDomain`."""
    text = name.rstrip(".") if name.endswith(".") and not name.endswith("..") else name
    if not text:
        raise BadDomain(name=name, reason="it is empty")
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise BadDomain(name=name, reason=str(error)) from error
    text = text.lower()
    if len(text) > _LONGEST_NAME:
        raise BadDomain(name=name, reason=f"{len(text)} octets where {_LONGEST_NAME} are allowed")
    for label in text.split("."):
        if len(label) > _LONGEST_LABEL or not _LABEL.fullmatch(label):
            raise BadDomain(name=name, reason=f"label {label!r} cannot be one")
    return text


def to_unicode(name: str) -> str:
    """`name` as a person reads it; A-labels that decode to nothing sensible stay as they are."""
    try:
        return ".".join(
            idna.decode(label) if label.lower().startswith("xn--") else label for label in name.split(".")
        )
    except (idna.IDNAError, UnicodeError):
        return name


def entry_key(name: str) -> str:
    """The key of a table entry: `ALL`, `.domain` or `domain`. Raises `BadDomain`."""
    if name.upper() == EVERYTHING:
        return EVERYTHING
    if name.startswith("."):
        return "." + to_ascii(name[1:])
    return to_ascii(name)


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
