"""`mailward upgrade status`: why this version runs, what is under way, and what was tried. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailward.version import Version
from upgrade.attempts import Attempt, attempts, denied, why
from upgrade.journal import Event, Kind

TOLD = 5  # attempts


def document(running: Version, events: Sequence[Event]) -> dict[str, Any]:
    """What `--json` prints."""
    ledger = attempts(events)
    return {
        "running": str(running),
        "why": why(running, ledger),
        "under_way": _under_way(events),
        "denied": {str(version): reason for version, reason in denied(ledger).items()},
        "down_time": down_time(events),
        "attempts": [_attempt(one) for one in reversed(ledger[-TOLD:])],
    }


def _under_way(events: Sequence[Event]) -> dict[str, Any] | None:
    if not events or events[-1].kind not in (Kind.STARTED, Kind.STEP):
        return None
    last = events[-1]
    step = last.detail if last.kind is Kind.STEP else ""
    return {"from": str(last.source), "to": str(last.target), "last_step": step, "since": last.at.isoformat()}


def down_time(events: Sequence[Event]) -> float | None:
    """Seconds the listeners took no mail in the last upgrade that got that far; None if none did."""
    for event in reversed(events):
        if "down" in event.facts:
            return float(event.facts["down"])
    return None


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "from": str(one.source),
        "to": str(one.target),
        "began": one.began.isoformat(),
        "ended": one.ended.isoformat() if one.ended else None,
        "outcome": str(one.outcome),
        "reason": one.reason,
        "steps": list(one.steps),
    }
