"""Every command of the table as `mailward COMMAND WORDS… --json`: no prompts, and a meaningful exit status.

`mailward` finds the table through the entry-point group ``mailward.tables``; a command that has a click command of
its own in ``mailward.commands`` is that one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from gateway.console.table import commands, find, load
from mailward.output import json_option, print_json


def names() -> Sequence[str]:
    """What the table adds to `mailward`."""
    return [name for name, command in commands().items() if command.place != SESSION]


SESSION = "gateway.console.commands.session:QUIT"


class _Described(click.Command):
    """Its help is made of the table and the handler, when somebody asks."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        command = commands()[str(self.name)]
        with formatter.indentation():
            formatter.write_text(command.summary)
            if command.commit:
                formatter.write_text("Changes wait for `mailward commit`.")
        lines = load(command.place).usage()
        if lines:
            with formatter.section("Words"):
                formatter.write_dl([(f"{self.name} {words}".rstrip(), text) for words, text in lines])


def command(name: str) -> click.Command | None:
    """The click command for a name of the table; None if there is none. Batch calls take no abbreviations."""
    if name not in names() and not any(name in entry.aliases for entry in commands().values()):
        return None
    entry = find(name)
    parameters: list[click.Parameter] = [
        click.Argument(["words"], nargs=-1, type=click.UNPROCESSED, metavar="[WORDS]...")
    ]
    made = _Described(
        entry.name,
        callback=lambda words, as_json: _run(entry.name, words, as_json),
        params=parameters,
        short_help=entry.summary,
        context_settings={"ignore_unknown_options": True},
    )
    return _with_json(made)


def _with_json(made: click.Command) -> click.Command:
    option: Any = json_option(lambda: None)
    made.params += option.__click_params__
    return made


def _run(name: str, words: Sequence[str], as_json: bool) -> None:
    from gateway.console.opening import dispatcher

    result = dispatcher(lambda text: click.echo(text, nl=False)).run(
        [name, *words], as_json=as_json, secrets=lambda: sys.stdin.readline().rstrip("\r\n")
    )
    if as_json:
        print_json(result if result is not None else {"done": True})
