"""The `mailward` command.

Subcommands come from the entry-point group ``mailward.commands``: each floor announces its own, and only the
one that is called gets imported, so `mailward hw health` does not pay for the mail service.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from typing import Any, Protocol, cast

import click

from mailward.errors import ExitStatus, MailwardError
from mailward.output import print_json, sentence

GROUP = "mailward.commands"
TABLES = "mailward.tables"


@cache
def _subcommands() -> dict[str, EntryPoint]:
    # The appliance leaves the image builder out: a floor that is not there has no commands.
    return {
        point.name: point for point in entry_points(group=GROUP) if find_spec(point.module.partition(".")[0])
    }


class Table(Protocol):
    """Many commands that one declaration describes: a module named in the entry-point group ``mailward.tables``."""

    def names(self) -> Sequence[str]: ...

    def command(self, name: str) -> click.Command | None: ...


@cache
def _tables() -> tuple[Table, ...]:
    return tuple(
        cast(Table, point.load())
        for point in entry_points(group=TABLES)
        if find_spec(point.module.partition(".")[0])
    )


class LazyGroup(click.Group):
    """A group whose members are named in a table and imported when called.

    `members` maps a subcommand to ``module:attribute``.
    """

    def __init__(self, *args: Any, members: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.members})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if place := self.members.get(cmd_name):
            module, attribute = place.split(":")
            command = getattr(import_module(module), attribute)
            assert isinstance(command, click.Command), f"{place} is not a click command"
            return command
        return super().get_command(ctx, cmd_name)


class FloorGroup(click.Group):
    """A group whose members are the entry points, and what the tables add to them; loaded when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        tables = {name for table in _tables() for name in table.names()}
        return sorted({*super().list_commands(ctx), *_subcommands(), *tables})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if point := _subcommands().get(cmd_name):
            command = point.load()
            assert isinstance(command, click.Command), f"{point.value} is not a click command"
            return command
        if command := super().get_command(ctx, cmd_name):
            return command
        return next(filter(None, (table.command(cmd_name) for table in _tables())), None)


@click.group(
    cls=FloorGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("-v", "--verbose", count=True, help="Log what is done (-v) and every detail (-vv) to stderr.")
@click.version_option(version("mailward"), prog_name="mailward")
def mailward(verbose: int) -> None:
    """Build, run and upgrade Mailward email gateway appliances.

    \b
    Examples:
      mailward image build --model C100V      build the virtual appliance
      mailward hw health                      power supplies, fans, temperature, RAID
      mailward hw health --json               the same for a machine

    Completion for bash: eval "$(_MAILWARD_COMPLETE=bash_source mailward)"
    """
    levels = {0: logging.WARNING, 1: logging.INFO}
    logging.basicConfig(
        stream=sys.stderr,
        level=levels.get(verbose, logging.DEBUG),
        format="%(levelname)s %(name)s: %(message)s",
    )


def report(error: MailwardError, *, as_json: bool) -> None:
    """The edge: an error as a sentence and a remedy on stderr, or as JSON on stdout."""
    if as_json:
        print_json(error.to_dict())
        return
    click.secho(f"mailward: {sentence(error.explain())}", fg="red", err=True)
    if hint := error.hint():
        click.echo(f"  What to do: {sentence(hint)}", err=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit status is one of `ExitStatus`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    status = run(words)
    if arguments is None:
        sys.exit(status)
    return status


def run(words: list[str]) -> int:
    """Run `mailward` with these words and answer the exit status instead of raising SystemExit."""
    try:
        result = mailward.main(args=words, prog_name="mailward", standalone_mode=False)
    except MailwardError as error:
        report(error, as_json="--json" in words)
        return error.exit_status
    except click.exceptions.Abort:
        click.echo("mailward: interrupted.", err=True)
        return ExitStatus.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitStatus.USAGE if error.exit_code == 2 else ExitStatus.FAILED
    except BrokenPipeError:
        # `mailward … | head`: the reader has seen enough. Keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.OK
    return result if isinstance(result, int) else ExitStatus.OK
