"""What the journal says: attempts, versions that are not tried again, and why this version runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mailward.version import Version
from upgrade.journal import Event, Kind


class Outcome(StrEnum):
    UNDER_WAY = "under-way"
    COMMITTED = "committed"
    ROLLED_BACK = "rolled-back"
    CANCELLED = "cancelled"
    FAILED = "failed"


_OUTCOMES = {
    Kind.COMMITTED: Outcome.COMMITTED,
    Kind.ROLLED_BACK: Outcome.ROLLED_BACK,
    Kind.CANCELLED: Outcome.CANCELLED,
    Kind.FAILED: Outcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One upgrade. `steps` are those reached, in order; `reason` is why it ended; `ended` is None if it has not."""

    source: Version
    target: Version
    began: datetime
    forced: bool
    steps: tuple[str, ...]
    outcome: Outcome
    ended: datetime | None
    reason: str


def attempts(events: Iterable[Event]) -> tuple[Attempt, ...]:
    """The ledger, oldest first. `events` are in an order that the journal accepts."""
    found: list[list[Event]] = []
    for event in events:
        if event.kind is Kind.STARTED:
            found.append([])
        found[-1].append(event)
    return tuple(_attempt(one) for one in found)


def _attempt(events: Sequence[Event]) -> Attempt:
    first, last = events[0], events[-1]
    outcome = _OUTCOMES.get(last.kind, Outcome.UNDER_WAY)
    over = outcome is not Outcome.UNDER_WAY
    return Attempt(
        source=first.source,
        target=first.target,
        began=first.at,
        forced=first.forced,
        steps=tuple(event.detail for event in events if event.kind is Kind.STEP),
        outcome=outcome,
        ended=last.at if over else None,
        reason=last.detail if over else "",
    )


def denied(ledger: Iterable[Attempt]) -> dict[Version, str]:
    """Versions that are not tried again without `--force`, with the reason; for `upgrade.planner.Wish`.

    One that went well later, because it was forced, is not among them.
    """
    found: dict[Version, str] = {}
    for attempt in ledger:
        if attempt.outcome is Outcome.ROLLED_BACK:
            found[attempt.target] = (
                f"it was rolled back on {_day(attempt.ended or attempt.began)}{_because(attempt.reason)}"
            )
        elif attempt.outcome is Outcome.COMMITTED:
            found.pop(attempt.target, None)
    return found


def why(running: Version, ledger: Sequence[Attempt]) -> str:
    """Why this version runs, in a sentence or two."""
    if not ledger:
        return f"{running} runs because it was installed; no upgrade was tried since."
    last = ledger[-1]
    expected = last.target if last.outcome is Outcome.COMMITTED else last.source
    if last.outcome is Outcome.UNDER_WAY:
        at = f"its last step was {last.steps[-1]}" if last.steps else "it has not reached its first step"
        return (
            f"{running} runs, and an upgrade from {last.source} to {last.target} that began on "
            f"{_day(last.began)} is not finished: {at}."
        )
    text = _ENDINGS[last.outcome].format(
        source=last.source,
        target=last.target,
        day=_day(last.ended or last.began),
        because=_because(last.reason),
    )
    if last.outcome is Outcome.COMMITTED and last.target < last.source:
        text = f"It was gone back to from {last.source} on {_day(last.ended or last.began)}, as asked."
    if running != expected:
        return f"{running} runs, though it should be {expected}: another slot was booted by hand. {text}"
    return f"{running} runs. {text}"


_ENDINGS = {
    Outcome.COMMITTED: "The upgrade from {source} to {target} went well on {day}.",
    Outcome.ROLLED_BACK: (
        "The upgrade to {target} was tried and rolled back on {day}{because}. It is not tried again without --force."
    ),
    Outcome.CANCELLED: "The upgrade to {target} was cancelled on {day}{because}.",
    Outcome.FAILED: "The upgrade to {target} failed before its reboot on {day}{because}.",
}


def _because(reason: str) -> str:
    return f", because {reason}" if reason else ""


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
