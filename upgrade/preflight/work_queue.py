"""U4: the work queue is empty when the release is installed."""

from __future__ import annotations

from upgrade.mailservice import MailState
from upgrade.preflight.check import Answer, Moment, Severity


def judge(mail: MailState, moment: Moment) -> Answer:
    """A paused work queue never empties, so it blocks from the beginning."""
    if mail.work_queue == 0:
        return Answer(Severity.PASS, "the work queue is empty")
    count = f"{mail.work_queue} message{'s' if mail.work_queue > 1 else ''}"
    if mail.work_paused:
        return Answer(
            Severity.BLOCK,
            f"the work queue is paused with {count} in it",
            "Run `mailward workqueue resume` and wait until it is empty",
        )
    if moment is Moment.BEGIN:
        return Answer(
            Severity.PASS, f"the work queue has {count}; it is drained in the course of the upgrade"
        )
    return Answer(
        Severity.BLOCK,
        f"the work queue has {count}",
        "Suspend all listeners and wait until `mailward workqueue status` says 0",
    )
