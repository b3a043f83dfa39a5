"""`reload` and `rollovernow`."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.commands.options import control_option
from gateway.service.client import ControlClient
from mailward.output import json_option, print_json


@click.command()
@control_option
@json_option
def reload(control: Path, as_json: bool) -> None:
    """Take the configuration as it is now, without dropping a connection.

    \b
    Example:
      mailward reload
    """
    found = ControlClient(control).ask("reload")
    print_json(found) if as_json else click.echo(
        f"Reloaded; listeners: {', '.join(found['listeners']) or 'none'}."
    )


@click.command()
@control_option
@json_option
def rollovernow(control: Path, as_json: bool) -> None:
    """Close the current files of mail and bounce log and begin new ones.

    \b
    Example:
      mailward rollovernow
    """
    done = ControlClient(control).ask("logs.rollover")
    if as_json:
        print_json({"rolled_over": done})
    else:
        click.echo("Rolled over." if done else "The logs are empty, there is nothing to close.")
