"""U4: all listeners are suspended when the release is installed."""

from __future__ import annotations

from upgrade.mailservice import MailState
from upgrade.preflight.check import Answer, Moment, Severity


def judge(mail: MailState, moment: Moment) -> Answer:
    if mail.all_suspended:
        return Answer(Severity.PASS, "all listeners are suspended")
    if moment is Moment.BEGIN:
        return Answer(Severity.PASS, "listeners take mail; they are suspended in the course of the upgrade")
    some = f"only {', '.join(mail.suspended)} is suspended" if mail.suspended else "no listener is suspended"
    return Answer(Severity.BLOCK, some, "Run `mailward suspendlistener` for all listeners")
