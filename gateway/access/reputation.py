"""IP reputation as the access layer sees it: a score from -10.0 to 10.0, or why there is none (G8).

Where scores come from is another's business (`Reputation` is handed in). `LocalReputation` is the
administrator's own list; it also stands in where no service is set up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Protocol

from gateway.access.index import Stretches
from gateway.access.sources import Addresses, IpAddress

_PRIVATE = tuple(ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an address. `text` is what the log says, `score` is None if there is none."""

    score: float | None
    text: str


NOT_ENABLED = Standing(None, "not enabled")
NO_SCORE = Standing(None, "None")
PRIVATE = Standing(None, "rfc1918")
NO_ANSWER = Standing(None, "unable to retrieve")


class Reputation(Protocol):
    """A source of scores. Never raises; answers by a deadline of its own."""

    async def __call__(self, address: IpAddress) -> Standing: ...


class LocalReputation:
    """Scores from a list of addresses; the first entry that has the address counts."""

    def __init__(self, entries: Iterable[tuple[Addresses, float]]) -> None:
        ranges: dict[int, list[tuple[int, int, int]]] = {4: [], 6: []}
        self._scores: list[float] = []
        for position, (addresses, score) in enumerate(entries):
            ranges[addresses.version].append((addresses.low, addresses.high, position))
            self._scores.append(score)
        self._stretches = {version: Stretches(items, -1) for version, items in ranges.items()}

    async def __call__(self, address: IpAddress) -> Standing:
        position = self._stretches[address.version].lowest(int(address))
        if position >= 0:
            score = self._scores[position]
            return Standing(score, f"{score:.1f}")
        return PRIVATE if any(address in network for network in _PRIVATE) else NO_SCORE
