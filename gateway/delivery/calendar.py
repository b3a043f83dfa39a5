"""When which domain's queue is to be looked at."""

from __future__ import annotations

import heapq


class Calendar:
    """One date per domain, the earliest asked for. Times are seconds since the epoch."""

    def __init__(self) -> None:
        self._due: list[tuple[float, str]] = []
        self._planned: dict[str, float] = {}

    def plan(self, domain: str, due: float) -> None:
        """Look at a domain's queue at `due`, or earlier if that is planned."""
        planned = self._planned.get(domain)
        if planned is None or due < planned:
            self._planned[domain] = due
            heapq.heappush(self._due, (due, domain))

    def next_due(self, now: float) -> str | None:
        """A domain whose date has come; it is planned no more."""
        while self._due and self._due[0][0] <= now:
            due, domain = heapq.heappop(self._due)
            # An entry that was overtaken by an earlier one is not the domain's date any more.
            if self._planned.get(domain) == due:
                del self._planned[domain]
                return domain
        return None
