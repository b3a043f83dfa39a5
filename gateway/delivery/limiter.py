"""Counting against destination controls: connections that are open, recipients per period.

One limiter belongs to one worker. With several workers each gets its share of a limit, rounded up where the
limit is smaller than their number: the system may then exceed it by that rounding, never a destination by a
multiple.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.delivery.controls import RecipientRate

SLICES = 60  # a period is counted in this many slices, so memory per destination stays bounded


@dataclass(slots=True)
class _Window:
    """Recipients sent in the last period, as (end of slice, count)."""

    slices: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0


class Limiter:
    """Connections and recipients by destination key, for one worker out of `workers`."""

    def __init__(self, clock: Callable[[], float], *, total: int = 1_000, workers: int = 1) -> None:
        self._clock = clock
        self._total = share(total, workers)
        self._workers = workers
        self._open: dict[str, int] = {}
        self._windows: dict[str, _Window] = {}
        self.connections = 0

    def open_to(self, key: str) -> int:
        """Connections open to `key`."""
        return self._open.get(key, 0)

    def try_open(self, key: str, limit: int) -> bool:
        """Count a connection if both the destination's limit and the system's leave room for it."""
        count = self._open.get(key, 0)
        if count >= share(limit, self._workers) or self.connections >= self._total:
            return False
        self._open[key] = count + 1
        self.connections += 1
        return True

    def close(self, key: str) -> None:
        """A connection counted by `try_open` is gone."""
        count = self._open.get(key, 0)
        if count == 0:
            raise ValueError(f"no connection to {key} is open")
        self.connections -= 1
        if count == 1:
            del self._open[key]
        else:
            self._open[key] = count - 1

    def take(self, key: str, wanted: int, rate: RecipientRate) -> int:
        """How many of `wanted` recipients may go now; they count as sent."""
        if rate.count == 0:
            return wanted
        window = self._current(key, rate)
        granted = max(0, min(wanted, share(rate.count, self._workers) - window.total))
        if granted:
            width = rate.minutes * 60.0 / SLICES
            # Filed under the end of its slice, so nothing leaves the window early.
            end = (self._clock() // width + 1.0) * width
            if window.slices and window.slices[-1][0] == end:
                window.slices[-1] = (end, window.slices[-1][1] + granted)
            else:
                window.slices.append((end, granted))
            window.total += granted
        return granted

    def wait(self, key: str, rate: RecipientRate) -> float:
        """Seconds until `take` can grant at least one recipient again; 0 if it can now."""
        if rate.count == 0:
            return 0.0
        window = self._current(key, rate)
        if window.total < share(rate.count, self._workers):
            return 0.0
        return max(0.0, window.slices[0][0] + rate.minutes * 60.0 - self._clock())

    def sweep(self) -> None:
        """Forget destinations nothing was sent to for an hour, the longest period there is."""
        old = self._clock() - 3_600.0
        for key in [key for key, win in self._windows.items() if not win.slices or win.slices[-1][0] < old]:
            del self._windows[key]

    def _current(self, key: str, rate: RecipientRate) -> _Window:
        window = self._windows.setdefault(key, _Window())
        start = self._clock() - rate.minutes * 60.0
        while window.slices and window.slices[0][0] <= start:
            window.total -= window.slices.popleft()[1]
        return window


def share(limit: int, workers: int) -> int:
    """One worker's part of a system-wide limit, at least 1."""
    return max(1, -(-limit // workers))
