"""Bounce profiles: how long a message is tried, when its sender hears of it (G1; console: `bounceconfig`).

Back-off doubles from the first interval to the longest one. A message is given up when *either* limit is
hit: the number of tries, or its time in the queue, which also counts when the next try would fall after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailward.errors import BadInput

JITTER = 0.1  # of the interval, either way: queued mail of one outage must not return in one burst
DEFAULT_PROFILE = "Default"


class BadProfile(BadInput):
    """Limits that contradict each other."""

    key = "delivery.bad-bounce-profile"
    sentence = "Bounce profile {name}: {reason}"
    remedy = "Choose an initial interval no longer than the longest one, and at least one try."


@dataclass(frozen=True, slots=True)
class BounceProfile:
    """A named set of limits. Times in seconds; the defaults are the incumbent's.

    hard_bounces: send a notice for a permanent failure. delay_notices: send warnings while still trying, the
    first after `notice_interval`, at most `most_notices` of them. notify: where bounces go instead.
    """

    name: str = DEFAULT_PROFILE
    most_retries: int = 100
    longest_time: float = 259_200.0
    first_interval: float = 60.0
    longest_interval: float = 3_600.0
    hard_bounces: bool = True
    delay_notices: bool = False
    notice_interval: float = 14_400.0
    most_notices: int = 1
    notify: str = ""

    def __post_init__(self) -> None:
        if self.most_retries < 0 or self.longest_time < 0:
            raise BadProfile(name=self.name, reason="a limit is negative")
        if not 0 < self.first_interval <= self.longest_interval:
            raise BadProfile(name=self.name, reason="the first interval must be above 0 and not the longest")
        if self.notice_interval <= 0 or self.most_notices < 0:
            raise BadProfile(name=self.name, reason="delay notices need an interval above 0")


class Limit(StrEnum):
    """Which limit ended the trying."""

    TRIES = "tries"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Next attempt at `at`, in seconds of the clock that `next_step` was given."""

    at: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt; the sender gets a bounce with `reason`."""

    limit: Limit
    reason: str


def interval(profile: BounceProfile, tries: int) -> float:
    """Seconds to wait after `tries` failed attempts (at least 1), without jitter."""
    # 2**60 s is past any limit; capping the exponent keeps huge counters from making huge integers.
    return min(profile.first_interval * 2.0 ** min(max(tries, 1) - 1, 60), profile.longest_interval)


def next_step(
    profile: BounceProfile, *, queued: float, tries: int, now: float, random: Callable[[], float]
) -> TryAgain | GiveUp:
    """What follows a temporary failure.

    Args:
        queued: when the message entered the queue. tries: attempts made, this one included.
        random: returns a number in [0, 1), for the jitter.
    """
    if tries > profile.most_retries:
        return GiveUp(Limit.TRIES, f"not delivered in {tries} attempts")
    deadline = queued + profile.longest_time
    at = now + interval(profile, tries) * (1.0 + JITTER * (2.0 * random() - 1.0))
    if now >= deadline or at > deadline:
        hours = profile.longest_time / 3_600.0
        return GiveUp(Limit.TIME, f"not delivered within {hours:g} hours")
    return TryAgain(at)


def notice_due(profile: BounceProfile, *, queued: float, sent: int, now: float) -> bool:
    """Whether the sender is to be warned that the message still waits; `sent` warnings went before."""
    if not profile.delay_notices or sent >= profile.most_notices:
        return False
    return now - queued >= profile.notice_interval * (sent + 1)
