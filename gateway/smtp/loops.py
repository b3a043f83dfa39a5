"""Loop detection by trace fields (RFC 5321 §6.3): too many hops, or too many visits to this very system."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

MOST_HOPS = 100  # RFC 5321 §6.3: "at least 100"; with the one this system has just added
MOST_VISITS = 10  # with this one; it may pass here several times, to a filter and back, but not without end
_RECEIVED = re.compile(rb"^received[ \t]*:((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_BY = re.compile(rb"(?:^|\s)by\s+\[?([^\s;\]()]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trace:
    """How far a message has come."""

    hops: int
    visits: int

    @property
    def looping(self) -> str:
        """Why it must not go further; empty if it may."""
        if self.hops > MOST_HOPS:
            return f"the message has passed {self.hops} hosts"
        if self.visits > MOST_VISITS:
            return f"the message has been here {self.visits} times"
        return ""


def read_trace(header: bytes, names: Set[str]) -> Trace:
    """Hops and visits to `names` (lower case) in a header section with CRLF lines."""
    hops = visits = 0
    for match in _RECEIVED.finditer(header):
        hops += 1
        by = _BY.search(match[1])
        if by is not None and by[1].decode("ascii", "replace").lower() in names:
            visits += 1
    return Trace(hops, visits)
