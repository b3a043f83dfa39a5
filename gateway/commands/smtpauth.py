"""`smtpauth-hash`: what stands for a password in the configuration."""

from __future__ import annotations

import sys

import click

from gateway.access.passwords import MOST, PasswordHash
from mailward.output import json_option, print_json


@click.command("smtpauth-hash")
@json_option
def smtpauth_hash(as_json: bool) -> None:
    """Make the <password_hash> of an <smtp_auth_user>.

    The password is asked for, or read from standard input: its first line. It is never an argument, where
    `ps` would show it.

    \b
    Examples:
      mailward smtpauth-hash
      pwgen 20 1 | tee /dev/stderr | mailward smtpauth-hash
    """
    if sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not 0 < len(password) <= MOST or "\0" in password:
        raise click.UsageError(f"a password has 1 to {MOST} characters, and no NUL among them")
    made = str(PasswordHash.make(password))
    print_json({"password_hash": made}) if as_json else click.echo(made)
