"""`commit` and `clear`: what becomes of changes in hand."""

from __future__ import annotations

from typing import Any

from gateway.config.diff import text
from gateway.console.call import Call
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Choice, Question, Text


def committed(call: Call, comment: str, *, prefer: Any = None, ask: str = "") -> Any:
    """Commit what is in hand. With `ask` the changes are shown first and somebody has to say yes."""
    store, name = call.desk.store, call.who.name
    found = store.pending(name)
    if not found:
        call.say("There are no changes to commit.")
        return {"committed": False}
    call.say(text(found).rstrip("\n"))
    if ask:
        call.confirm(ask, default=True)
    revision = store.commit(name, comment, call.desk.applier(), prefer=prefer)
    call.say(f"Changes committed: {revision.when:%a %b %d %H:%M:%S %Y} UTC, revision {revision.number}")
    return {"committed": True, "revision": revision.number, "changes": [change.place for change in found]}


def _commit(call: Call, answers: Answers) -> Any:
    return committed(call, answers["comment"], prefer=answers["prefer"])


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
