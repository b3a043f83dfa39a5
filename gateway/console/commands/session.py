"""`help`, `whoami`, `quit`."""

from __future__ import annotations

from typing import Any

from gateway.console.call import Call, counted
from gateway.console.errors import LoggedOut
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Question, Text
from gateway.console.roles import RIGHTS
from gateway.console.table import Category, commands, find, load


def _help(call: Call, answers: Answers) -> Any:
    rights = RIGHTS[call.who.role]
    if answers["command"]:
        return _explain(call, answers["command"])
    found: dict[str, dict[str, str]] = {}
    for category in Category:
        entries = [
            entry for entry in commands().values() if entry.category is category and entry.right in rights
        ]
        if entries:
            found[category.value] = {entry.name: entry.summary for entry in entries}
            call.say(f"{category}:")
            for entry in entries:
                mark = "*" if entry.commit else " "
                call.say(f" {mark}{entry.name:18} {entry.summary}")
            call.say()
    call.say(
        "Changes by commands marked * wait for `commit`. `help COMMAND`, or COMMAND and ?, explains one."
    )
    return found


def _explain(call: Call, name: str) -> Any:
    entry = find(name, tuple(RIGHTS[call.who.role]))
    call.say(f"{entry.name} - {entry.summary}")
    if entry.aliases:
        call.say(f"Also: {', '.join(entry.aliases)}")
    lines = load(entry.place).usage()
    if lines:
        call.say()
    for words, text in lines:
        call.say(f"  {entry.name} {words}".rstrip())
        if text:
            call.say(f"      {text}")
    if entry.commit:
        call.say("\nChanges wait for `commit`.")
    return {"command": entry.name, "summary": entry.summary, "words": [words for words, _ in lines]}


HELP = Action(
    _help,
    (Question("command", "Which command?", Text(blank=True), "", rest=True, asked=False),),
    "Explain a command.",
)


def _whoami(call: Call, answers: Answers) -> Any:
    call.say(f"Username: {call.who.name}\nRole: {call.who.role}")
    return {"user_name": call.who.name, "role": call.who.role.value}


WHOAMI = Action(_whoami)


def _quit(call: Call, answers: Answers) -> Any:
    if call.interactive and (found := call.desk.pending(call.who.name)):
        call.say(f"Not committed: {counted(found, 'change')}. They are kept for your next session.")
        call.confirm("Do you want to log out?", default=True)
    raise LoggedOut()


QUIT = Action(_quit)
