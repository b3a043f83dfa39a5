"""The options every command about a BMC has, and the session they amount to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from hwmgmt.ipmi.session import ANSWER_S, Session
from hwmgmt.ipmi.target import InBand, Lan, Target, password_from
from mailward.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
PASSWORD_VARIABLE = "MAILWARD_IPMI_PASSWORD"
DEVICE = Path("/dev/ipmi0")


class NoPassword(BadInput):
    key = "ipmi.no-password"
    sentence = "no password for {user}@{host}"
    remedy = f"Use --password-file, set {PASSWORD_VARIABLE}, or run on a terminal to be asked"


class BadWords(BadInput):
    """A value that IPMI cannot carry."""

    key = "ipmi.value"
    sentence = "{what}"


@dataclass(frozen=True, slots=True)
class Connection:
    """Which BMC, and how long to wait. `budget_s` bounds a whole command, `answer_s` each answer; seconds."""

    target: Target
    answer_s: float

    def session(self, *, budget_s: float) -> Session:
        return Session(self.target, answer_s=self.answer_s, budget_s=budget_s)


def bmc_options(function: F) -> F:
    """Add --host, --port, --user, --password-file and --deadline; the command gets `connection`.

    There is no --password: what stands on a command line, everyone on the machine can read.
    """

    @click.option("--host", metavar="NAME", help="A BMC on the network instead of this machine's own.")
    @click.option("--port", default=623, show_default=True, help="Its UDP port.")
    @click.option("--user", default="admin", show_default=True, help="The user to log in as.")
    @click.option(
        "--password-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"File with the password; else {PASSWORD_VARIABLE}, else you are asked.",
    )
    @click.option("--deadline", default=ANSWER_S, show_default=True, help="Seconds an answer may take.")
    @wraps(function)
    def command(
        *args: Any,
        host: str | None,
        port: int,
        user: str,
        password_file: Path | None,
        deadline: float,
        **kwargs: Any,
    ) -> Any:
        target: Target = InBand(DEVICE)
        if host:
            target = Lan(host, user, _password(host, user, password_file), port)
        return function(*args, connection=Connection(target, deadline), **kwargs)

    return command  # type: ignore[return-value]


class DefaultGroup(click.Group):
    """A group whose `default` subcommand may be left out: `hw sel --json` is `hw sel list --json`."""

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        wants_help = bool(args) and args[0] in ctx.help_option_names
        if not args or (args[0].startswith("-") and not wants_help):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def _password(host: str, user: str, file: Path | None) -> str:
    if file:
        return password_from(file)
    if (given := os.environ.get(PASSWORD_VARIABLE)) is not None:
        return given
    return ask_password(f"Password of {user}@{host}", NoPassword(user=user, host=host))


def ask_password(prompt: str, otherwise: BadInput, *, confirm: bool = False) -> str:
    """Ask on the terminal without an echo; raises `otherwise` where there is none."""
    if not sys.stdin.isatty():
        raise otherwise
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def confirm_unless(yes: bool, question: str) -> None:
    """Go on only if the user says so. Raises click.Abort."""
    if not yes:
        click.confirm(question, abort=True, err=True)
