"""Begin an upgrade or the way back, and wait until the appliance itself says how it ended.

The appliance does the work and keeps the journal; a connection that breaks on the way says nothing about the upgrade.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import (
    Appliance,
    Refused,
    Unreachable,
)

COMMITTED = "committed"
ON_ITS_WAY = ("rebooting", COMMITTED)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for the end, in seconds, how often to look, and whose clock that is."""

    timeout: float
    poll: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def begin(appliance: Appliance, words: Sequence[str]) -> None:
    """Start it. Returns when the appliance is about to reboot, or cannot be heard any more.

    Raises Refused if it ended before its reboot.
    """
    try:
        done = appliance.ask("upgrade", *words)
    except Unreachable:
        return  # it goes on without us, or never began: `verdict` finds out which
    if done["outcome"] not in ON_ITS_WAY:
        raise ended({"outcome": done["outcome"], "reason": done["reason"]})


def verdict(appliance: Appliance, patience: Patience, *, since: str) -> dict[str, Any]:
    """The attempt that began after `since`, once it is over and went well, and `down_time` in seconds.

    Raises Refused if it did not go well, if there is none, or if that is not known after the time allowed.
    """
    until = patience.clock() + patience.timeout
    last = "nothing was heard of it"
    while True:
        appliance.reconnect()
        try:
            found = appliance.ask("upgrade", "status")
        except Unreachable as error:
            last = str(error)
        except Refused as error:
            if (
                error.key != "fleet.no-answer"
            ):  # a console that is only starting says something else than JSON
                raise
            last = str(error)
        else:
            if found["under_way"] is None:
                return _over(found, since)
            last = f"its last step was {found['under_way']['last_step'] or 'none'}"
        if patience.clock() + patience.poll > until:
            raise _refused("fleet.timeout", f"it has not ended within {patience.timeout:.0f} s: {last}")
        patience.sleep(patience.poll)


def _over(found: Mapping[str, Any], since: str) -> dict[str, Any]:
    attempts = found["attempts"]
    attempt: dict[str, Any] = attempts[0] if attempts else {}
    if not attempt or attempt["began"] == since:
        raise _refused("fleet.not-begun", "the appliance has nothing about it in its journal")
    if attempt["outcome"] != COMMITTED:
        raise ended(attempt)
    return {**attempt, "down_time": found["down_time"], "why": found["why"]}


def ended(attempt: Mapping[str, Any]) -> Refused:
    """It ended otherwise than it should have."""
    reason = attempt["reason"] or "no reason is given"
    return _refused("fleet.upgrade", f"it ended as {attempt['outcome']}: {reason}", dict(attempt))


def blocked(report: Mapping[str, Any]) -> Refused:
    """The checks that are in the way, in one sentence."""
    found = [check for check in report["checks"] if check["severity"] == "block"]
    told = "; ".join(f"{check['id']}: {check['finding']}" for check in found)
    remedy = " ".join(dict.fromkeys(check["remedy"] for check in found if check["remedy"]))
    return _refused("fleet.blocked", f"the upgrade is blocked: {told}", {"checks": found}, 3, remedy)


def other(under_way: Mapping[str, Any]) -> Refused:
    """Another one is not ours to touch."""
    message = f"an upgrade from {under_way['from']} to {under_way['to']} is under way"
    return _refused("fleet.other", message, dict(under_way), 3, "Wait for it, or cancel it on the appliance")


def _refused(
    key: str, message: str, fields: Mapping[str, Any] | None = None, status: int = 1, remedy: str = ""
) -> Refused:
    document = {"error": key, "message": message, "remedy": remedy, "fields": dict(fields or {})}
    return Refused(("upgrade",), status, document)
