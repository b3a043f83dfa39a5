"""`commit` and `clear`: what becomes of changes in hand."""

from __future__ import annotations

from typing import Any

from gateway.config.diff import text
from gateway.console.call import Call
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Choice, Number, Question, Text
from mailward.errors import MailwardError


def committed(call: Call, comment: str, *, prefer: Any = None, ask: str = "", seconds: int = 0) -> Any:
    """Commit what is in hand. With `ask` the changes are shown first and somebody has to say yes."""
    store, name = call.desk.store, call.who.name
    found = store.pending(name)
    if not found:
        call.say("There are no changes to commit.")
        return {"committed": False}
    call.say(text(found).rstrip("\n"))
    if ask:
        call.confirm(ask, default=True)
    seconds = _seconds(call, seconds)
    waiting = call.desk.confirmation() if seconds else None
    if waiting:
        waiting.arm(store.running().number, name, seconds)
    try:
        revision = store.commit(name, comment, call.desk.applier(), prefer=prefer)
    except MailwardError:
        if waiting:
            waiting.disarm()
        raise
    call.say(f"Changes committed: {revision.when:%a %b %d %H:%M:%S %Y} UTC, revision {revision.number}")
    if waiting:
        call.say(
            f"They are taken back in {seconds} seconds unless you log in again and say `commit confirm`."
        )
    value = {"committed": True, "revision": revision.number, "changes": [change.place for change in found]}
    return value | ({"confirm_within": seconds} if waiting else {})


def _seconds(call: Call, told: int) -> int:
    """How long to wait for somebody to confirm; a person is asked where the changes can cut them off.

    Nothing of the network cuts off who sits at the machine itself.
    """
    waiting = call.desk.confirmation()
    if told or waiting is None or not (call.interactive and call.desk.remote):
        return told
    from gateway.apply.confirm import risks

    name = call.who.name
    candidate = call.desk.store.candidate(name)
    found = risks(call.desk.store.running().config, candidate.config, name)
    if not found:
        return 0
    call.say(f"These changes can cut you off: {', '.join(found)}.")
    return int(call.ask(SECONDS))


def _commit(call: Call, answers: Answers) -> Any:
    waiting = call.desk.confirmation()
    if waiting and answers["comment"] == "confirm" and waiting.pending():
        confirmed = waiting.confirm()
        call.say(f"Confirmed: the commit of {confirmed.user} stays.")
        return {"confirmed": True, "user": confirmed.user}
    return committed(call, answers["comment"], prefer=answers["prefer"], seconds=answers["confirm"])


SECONDS = Question(
    "confirm_within",
    "Seconds after which they are taken back unless you confirm them; 0 for never.",
    Number(0, 3600),
    300,
)


COMMIT = Action(
    _commit,
    (
        Question(
            "comment", "Please enter some comments describing your changes:", Text(blank=True), "", rest=True
        ),
        Question(
            "prefer",
            "Whose changes count where others changed the same?",
            Choice([("mine", "Mine"), ("theirs", "Theirs")]),
            None,
            asked=False,
        ),
        Question(
            "confirm",
            "Seconds after which they are taken back unless `commit confirm` comes first; 0 for never.",
            Number(0, 3600),
            0,
            asked=False,
        ),
    ),
)


def _clear(call: Call, answers: Answers) -> Any:
    found = call.desk.store.pending(call.who.name)
    if not found:
        call.say("There are no changes to clear.")
        return {"cleared": 0}
    call.say(text(found).rstrip("\n"))
    call.confirm("Are you sure you want to clear all changes since the last commit?")
    call.desk.store.clear(call.who.name)
    call.say("Changes cleared.")
    return {"cleared": len(found)}


CLEAR = Action(_clear)
