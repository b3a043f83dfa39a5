"""`workqueue`: the stage between acceptance and delivery."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from gateway.commands.options import control_option
from gateway.service.client import ControlClient
from mailward.output import json_option, print_json


@click.group()
def workqueue() -> None:
    """Look at the work queue, where messages are filtered; pause and resume it.

    \b
    Examples:
      mailward workqueue status
      mailward workqueue pause
    """


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(f"Status: {'Paused' if found['paused'] else 'Operational'}. Messages: {found['messages']}.")


@workqueue.command()
@control_option
@json_option
def status(control: Path, as_json: bool) -> None:
    """How many messages are in it, and whether it is paused.

    \b
    Example:
      mailward workqueue status --json
    """
    _tell(ControlClient(control).ask("workqueue.status"), as_json)


@workqueue.command()
@click.option("--every", default=10.0, show_default=True, type=click.FloatRange(0.2), help="Seconds.")
@click.option("--count", default=0, help="Lines to print; 0 goes on until Ctrl-C.")
@control_option
@json_option
def rate(every: float, count: int, control: Path, as_json: bool) -> None:
    """Messages in it, line by line.

    \b
    Example:
      mailward workqueue rate --every 1 --count 10
    """
    client = ControlClient(control)
    lines: list[dict[str, Any]] = []
    while count == 0 or len(lines) < count:
        found = client.ask("workqueue.status")
        lines.append({"time": time.strftime("%H:%M:%S"), **found})
        if not as_json:
            click.echo(f"{lines[-1]['time']} {found['messages']:8}{'  paused' if found['paused'] else ''}")
        if count == 0 or len(lines) < count:
            time.sleep(every)
    if as_json:
        print_json(lines)


@workqueue.command()
@control_option
@json_option
def pause(control: Path, as_json: bool) -> None:
    """Let nothing leave the work queue; mail is accepted and waits. Kept over a reboot.

    \b
    Example:
      mailward workqueue pause
    """
    _tell(ControlClient(control).ask("workqueue.pause"), as_json)


@workqueue.command()
@control_option
@json_option
def resume(control: Path, as_json: bool) -> None:
    """Let messages go on.

    \b
    Example:
      mailward workqueue resume
    """
    _tell(ControlClient(control).ask("workqueue.resume"), as_json)
