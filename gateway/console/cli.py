"""`mailward console`: the login shell of administrators."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer

    from gateway.console.shell import Screen

HISTORIES = Path("/var/lib/mailward-console")


@click.command()
@click.option("-c", "line", metavar="LINE", help="Run one command line, as `ssh HOST COMMAND` does.")
@click.option("-l", "login", is_flag=True, hidden=True)  # what login gives every shell
def console(line: str | None, login: bool) -> int:
    """The administrator's console.

    It holds users to the role the running configuration gives them. Through sudo it is the caller who counts, root
    itself is an administrator. With -c nothing is asked, and the exit status is the command's.

    \b
    Examples:
      mailward console
      mailward console -c "status detail"
      ssh admin@mail.example.com dnsconfig print --json
    """
    if line is not None:
        return _one(line)
    _session()
    return 0


def _one(line: str) -> int:
    from gateway.console.opening import dispatcher
    from gateway.console.shell import asked_for_help
    from gateway.console.words import split
    from mailward.cli import report
    from mailward.errors import ExitStatus, MailwardError
    from mailward.output import print_json

    words = line.split()
    as_json = "--json" in words
    try:
        words = asked_for_help([word for word in split(line) if word != "--json"])
        if words:
            result = dispatcher(_plain).run(words, as_json=as_json, secrets=_secret)
            if as_json:
                print_json(result if result is not None else {"done": True})
    except MailwardError as error:
        report(error, as_json=as_json)
        return error.exit_status
    return ExitStatus.OK


def _plain(text: str) -> None:
    click.echo(text, nl=False)


def _secret() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def screen_for(completer: Callable[[], Completer], history: Path, idle: float) -> Screen:
    """The terminal this process has: one that can move its cursor, one that cannot, or a pipe."""
    from gateway.console.plain import PlainTerminal

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return PlainTerminal(None)
    if os.environ.get("TERM", "dumb").lower() in ("dumb", "unknown", ""):
        return PlainTerminal(idle)
    from gateway.console.terminal import TtyTerminal, history_of

    return TtyTerminal(completer(), history_of(history), idle)


def _session() -> None:
    from gateway.console.errors import LoggedOut
    from gateway.console.opening import dispatcher, seen
    from gateway.console.roles import RIGHTS
    from gateway.console.shell import Shell

    out: list[Callable[[str], None]] = []
    made = dispatcher(lambda text: out[0](text))
    now = seen()

    def completer() -> Completer:
        from gateway.console.completion import CommandCompleter

        return CommandCompleter(tuple(RIGHTS[made.who.role]))

    screen = screen_for(completer, HISTORIES / f"{made.who.name}.history", now.timeout * 60)
    out.append(screen.write)
    if now.welcome:
        screen.write(now.welcome + "\n")
    made.record(f"{made.who.name} ({made.who.role}): logged in")
    try:
        Shell(screen, made, seen).run()
    except LoggedOut as end:
        if end.why:
            screen.write(f"\n{end.why}\n")
    made.record(f"{made.who.name} ({made.who.role}): logged out")
