"""Wrong passwords by host: enough of them, and it has to wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

AT_MOST = 10
WINDOW = 3600.0  # seconds
HOSTS = 4096  # remembered; with more, the one that failed longest ago is forgotten


class Failures:
    """`clock` in seconds, any zero."""

    def __init__(self, clock: Callable[[], float], at_most: int = AT_MOST, window: float = WINDOW) -> None:
        self._clock = clock
        self._at_most = at_most
        self._window = window
        self._hosts: dict[str, deque[float]] = {}

    def add(self, host: str) -> None:
        times = self._hosts.pop(host, None) or deque(maxlen=self._at_most)
        times.append(self._clock())
        self._hosts[host] = times
        while len(self._hosts) > HOSTS:
            del self._hosts[next(iter(self._hosts))]

    def too_many(self, host: str) -> bool:
        times = self._hosts.get(host, ())
        return sum(1 for then in times if self._clock() - then < self._window) >= self._at_most
