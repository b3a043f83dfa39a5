"""`upgrade` and `revert`: the upgrade floor's commands, on the console."""

from __future__ import annotations

from typing import Any

import click

from gateway.console.call import Call
from gateway.console.clicked import Clicked, run_click
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers
from mailward.errors import Rejected
from upgrade.cli import upgrade


class NoWayBack(Rejected):
    key = "console.no-revert"
    sentence = "This release cannot revert by command"
    remedy = "Choose the version of before in the boot menu"


def _member(name: str) -> click.Command | None:
    return upgrade.get_command(click.Context(upgrade), name)


def _operations() -> list[Operation]:
    """Whatever the floor has, by the names it gives; what it adds later is there too."""
    found = []
    for name in upgrade.list_commands(click.Context(upgrade)):
        command = _member(name)
        if command is not None and not command.hidden:
            summary = command.get_short_help_str(limit=60)
            found.append(Operation(name.upper(), summary, Clicked(command), changes=False))
    return found


def _revert(call: Call, answers: Answers) -> Any:
    command = _member("revert")
    if command is None:
        raise NoWayBack()
    return run_click(call, command, [])


UPGRADE = Menu(None, *_operations())
REVERT = Action(_revert, text="Back to the version of before; queued mail, quarantines and logs stay.")
