"""First match wins, without walking the table.

Each source keeps its position. Names sit in dictionaries (exact, and by domain below which hosts match).
Addresses of one family are cut into disjoint stretches, each with the lowest position that covers it, so one
bisection answers. Scores and DNS states are few and are kept as they are. The answer is the lowest position
among what those few lookups give.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

from gateway.access.sources import (
    Addresses,
    Below,
    DnsList,
    Everyone,
    Host,
    HostDns,
    IpAddress,
    NoScore,
    Score,
    Source,
)

T = TypeVar("T")


class Facts(Protocol):
    """What `HostIndex` looks at; see `gateway.access.hat.Peer`."""

    @property
    def address(self) -> IpAddress: ...
    @property
    def host(self) -> str: ...
    @property
    def dns(self) -> HostDns: ...
    @property
    def score(self) -> float | None: ...
    @property
    def listed(self) -> Mapping[str, bool] | None: ...


class Stretches:
    """Ranges of numbers with a position each; `lowest(n)` is the lowest position that has n, or `none`."""

    def __init__(self, ranges: Iterable[tuple[int, int, int]], none: int) -> None:
        """`ranges`: (low, high, position), low and high included."""
        self._none = none
        self._starts: list[int] = []
        self._positions: list[int] = []
        waiting: list[tuple[int, int]] = []  # (position, high), those that cover the present point
        ordered = sorted(ranges)
        borders = sorted({low for low, _, _ in ordered} | {high + 1 for _, high, _ in ordered})
        upcoming = 0
        for border in borders:
            while upcoming < len(ordered) and ordered[upcoming][0] == border:
                _, high, position = ordered[upcoming]
                heappush(waiting, (position, high))
                upcoming += 1
            while waiting and waiting[0][1] < border:
                heappop(waiting)
            lowest = waiting[0][0] if waiting else none
            if not self._positions or self._positions[-1] != lowest:
                self._starts.append(border)
                self._positions.append(lowest)

    def lowest(self, number: int) -> int:
        place = bisect_right(self._starts, number) - 1
        return self._positions[place] if place >= 0 else self._none


class HostIndex(Generic[T]):
    """Sources in order, each with something that it leads to. The last source is `Everyone`."""

    def __init__(self, sources: Iterable[tuple[Source, T]]) -> None:
        self._targets: list[T] = []
        ranges: dict[int, list[tuple[int, int, int]]] = {4: [], 6: []}
        self._hosts: dict[str, int] = {}
        self._below: dict[str, int] = {}
        self._scores: list[tuple[float, float, int]] = []
        self._states: dict[HostDns, int] = {}
        self._zones: list[tuple[str, int]] = []
        everyone = no_score = None
        for position, (source, target) in enumerate(sources):
            self._targets.append(target)
            match source:
                case Addresses():
                    ranges[source.version].append((source.low, source.high, position))
                case Host():
                    self._hosts.setdefault(source.name, position)
                case Below():
                    self._below.setdefault(source.domain, position)
                case Score():
                    self._scores.append((source.low, source.high, position))
                case NoScore() if no_score is None:
                    no_score = position
                case HostDns():
                    self._states.setdefault(source, position)
                case DnsList():
                    self._zones.append((source.zone, position))
                case Everyone() if everyone is None:
                    everyone = position
        if everyone is None:
            raise ValueError("the last source has to be ALL")
        self._everyone = everyone
        self._no_score = everyone if no_score is None else no_score
        self._stretches = {version: Stretches(items, everyone) for version, items in ranges.items()}

    def first(self, facts: Facts) -> T:
        """What the first matching source leads to."""
        best = self._without_lists(facts)
        if facts.listed:
            for zone, position in self._zones:
                if position >= best:
                    break
                if facts.listed.get(zone):
                    best = position
        return self._targets[best]

    def zones(self, facts: Facts) -> tuple[str, ...]:
        """DNS lists that stand before the first other match, so that their answer counts."""
        if not self._zones:
            return ()
        best = self._without_lists(facts)
        return tuple(dict.fromkeys(zone for zone, position in self._zones if position < best))

    def _without_lists(self, facts: Facts) -> int:
        best = min(
            self._everyone,
            self._stretches[facts.address.version].lowest(int(facts.address)),
            self._states.get(facts.dns, self._everyone),
        )
        if facts.score is None:
            best = min(best, self._no_score)
        else:
            for low, high, position in self._scores:
                if position >= best:
                    break
                if low <= facts.score <= high:
                    best = position
        if facts.host and facts.dns is HostDns.VERIFIED:
            best = min(best, self._by_name(facts.host))
        return best

    def _by_name(self, host: str) -> int:
        best = self._hosts.get(host, self._everyone)
        if self._below:
            domain = host
            while dot := domain.find(".") + 1:
                domain = domain[dot:]
                best = min(best, self._below.get(domain, best))
        return best
