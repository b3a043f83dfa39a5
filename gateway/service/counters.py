"""Counters in the incumbent's three columns, and rates expressed per hour over 1, 5 and 15 minutes.

Workers count from their start; here their counts become sums that survive workers, resets and restarts.
"""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MINUTES = (1, 5, 15)
STEP = 5.0  # seconds between samples


class Counters:
    """Sums over workers. Give it a sample every `STEP` seconds, and save it now and then.

    Attributes:
        uptime: since this service started. lifetime: since it was installed, or the file was lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.uptime: Counter[str] = Counter()
        self.before: Counter[str] = Counter()  # lifetime when this service started
        self.base: Counter[str] = Counter()  # lifetime when counters were reset
        self.reset_at = 0.0
        self._last: dict[int, Mapping[str, int]] = {}
        self._samples: deque[tuple[float, Counter[str]]] = deque(maxlen=int(MINUTES[-1] * 60 / STEP) + 2)

    def load(self) -> None:
        """Take up the lifetime of before; a file that is missing or broken starts it anew."""
        try:
            value = json.loads(self._path.read_text())
            self.before = Counter(value["lifetime"])
            self.base = Counter(value["base"])
            self.reset_at = float(value["reset_at"])
        except (OSError, ValueError, KeyError, TypeError):
            self.before, self.base, self.reset_at = Counter(), Counter(), 0.0

    def save(self) -> None:
        """Keep the lifetime. Raises OSError."""
        temporary = self._path.with_name(f".{self._path.name}.new")
        value = {"lifetime": self.lifetime, "base": self.base, "reset_at": self.reset_at}
        temporary.write_text(json.dumps(value))
        os.replace(temporary, self._path)  # noqa: PTH105 - one call on both paths

    def add(self, worker: int, counts: Mapping[str, int]) -> None:
        """What a worker has counted since its own start."""
        last = self._last.get(worker, {})
        for name, value in counts.items():
            # A worker that was started again counts from nothing.
            previous = last.get(name, 0)
            self.uptime[name] += value - previous if value >= previous else value
        self._last[worker] = dict(counts)

    def sample(self, now: float) -> None:
        """Remember the sums of this moment (seconds, monotonic)."""
        self._samples.append((now, Counter(self.uptime)))

    def reset(self, now: float) -> None:
        """Start the Reset column anew (seconds since the epoch)."""
        self.base = self.lifetime
        self.reset_at = now

    @property
    def lifetime(self) -> Counter[str]:
        return self.before + self.uptime

    def columns(self) -> dict[str, dict[str, int]]:
        """Every counter with its reset, uptime and lifetime value."""
        lifetime = self.lifetime
        return {
            name: {
                "reset": lifetime[name] - self.base[name],
                "uptime": self.uptime[name],
                "lifetime": lifetime[name],
            }
            for name in sorted(set(lifetime) | set(self.uptime))
        }

    def rates(self, now: float) -> dict[str, dict[str, float]]:
        """Every counter's increase over 1, 5, 15 minutes, per hour: 100 in a minute are 6,000, 1,200, 400."""
        rates: dict[str, dict[str, float]] = {}
        for minutes in MINUTES:
            then = next((counts for at, counts in self._samples if at >= now - minutes * 60), Counter())
            for name, value in self.uptime.items():
                rates.setdefault(name, {})[f"{minutes}m"] = (value - then[name]) * 60 / minutes
        return rates


def plain(value: Mapping[str, Any]) -> dict[str, int]:
    """Counts out of an answer."""
    return {str(name): int(count) for name, count in value.items()}
