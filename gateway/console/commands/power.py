"""`reboot`, `shutdown`, `upgrade`, `revert`, `shell`.

On a C695 and C695F nothing goes down while the switch still talks LLDP (U6): `hwmgmt.net.guard` decides.
"""

from __future__ import annotations

from typing import Any

from gateway.console.call import Call
from gateway.console.errors import Dialogue, ProgramFailed
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Many, Number, Question, Text
from hwmgmt.models.detect import detect
from hwmgmt.net import guard
from hwmgmt.net.guard import Verdict
from mailward.errors import MailwardError

DELAY = Question(
    "delay", "Enter the number of seconds to wait before abruptly closing connections.", Number(0, 3600), 30
)
CONFIRMED = Question(
    "confirmed",
    "Fibre ports whose switch you looked at: LLDP is off there.",
    Many(Text()),
    (),
    asked=False,
)


def verdict(call: Call, confirmed: tuple[str, ...]) -> Verdict:
    """What the guard says of this machine."""
    return guard.check(detect(call.desk.root), confirmed=confirmed)


def _down(word: str, verb: str) -> Action:
    def run(call: Call, answers: Answers) -> Any:
        call.say("Looking at the fibre ports, where there are any.")
        verdict(call, tuple(answers["confirmed"])).require()
        call.confirm(f"Are you sure you want to {word} the system?")
        _drain(call, answers["delay"])
        done = call.desk.programs.collect(["systemctl", "--no-block", verb], root=True)
        if done.status:
            raise ProgramFailed(program=f"systemctl {verb}", why=done.output.strip())
        call.say(f"The system is going to {word}. Please wait while the queue is being closed.")
        return {word: True}

    return Action(
        run, (DELAY, CONFIRMED), "What is accepted is in the queue on the disk and goes on afterwards."
    )


def _drain(call: Call, delay: int) -> None:
    """Give open connections their time. Suspended stays suspended over a reboot, so nothing is suspended for it."""
    for _ in range(delay):
        try:
            found = call.desk.ask("status")
        except MailwardError as error:
            call.tell(error)
            return
        if not found["connections_in"] and not found["connections_out"]:
            return
        call.desk.sleep(1)


REBOOT = _down("reboot", "reboot")
SHUTDOWN = _down("shut down", "poweroff")


def _shell(call: Call, answers: Answers) -> Any:
    if not call.interactive:
        raise Dialogue(what="shell", instead="Use ssh and `shell` there")
    call.say("This is a root shell. What you do here is not held to the configuration, and is on the record.")
    call.confirm("Do you want to go on?")
    return {"status": call.desk.programs.attach(["bash", "--login"])}


SHELL = Action(_shell)
