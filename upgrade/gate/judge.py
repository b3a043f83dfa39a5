"""When the gate has seen enough. Pure: times and problems in, a verdict out.

A release passes once nothing was wrong for `stability` seconds on end. It fails as soon as that can no longer happen
within `deadline` seconds: so a gate that fails never takes longer than the deadline, and mostly much less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

DEADLINE = 120.0  # seconds in all
STABILITY = 60.0  # seconds without a problem


class Verdict(StrEnum):
    WAIT = "wait"
    PASS = "pass"
    FAIL = "fail"


@dataclass(slots=True)
class Gate:
    """Told what is wrong, again and again; `because` is the last that was."""

    began: float
    deadline: float = DEADLINE
    stability: float = STABILITY
    because: tuple[str, ...] = ()
    good_since: float | None = None

    def observe(self, now: float, problems: Sequence[str]) -> Verdict:
        if problems:
            self.because, self.good_since = tuple(problems), None
            out_of_time = now + self.stability >= self.began + self.deadline
            return Verdict.FAIL if out_of_time else Verdict.WAIT
        if self.good_since is None:
            self.good_since = now
        return Verdict.PASS if now - self.good_since >= self.stability else Verdict.WAIT
