"""`suspend`, `resume` and their halves for listeners and delivery; kept over a reboot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.commands.options import F, control_option
from gateway.service.client import ControlClient
from mailward.output import json_option, print_json

delay_option = click.option(
    "--delay",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds that open connections may go on.",
)


def _tell(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    listeners = ", ".join(state["suspended_listeners"]) or "none"
    delivery = "yes" if state["delivery_suspended"] else "no"
    click.echo(f"Listeners suspended: {listeners}. Delivery suspended: {delivery}.")


def _common(function: F) -> F:
    return control_option(json_option(function))


@click.command()
@delay_option
@_common
def suspend(delay: float, control: Path, as_json: bool) -> None:
    """Suspend all listeners and delivery.

    \b
    Example:
      mailward suspend --delay 60
    """
    client = ControlClient(control)
    client.ask("listeners.suspend", delay=delay)
    _tell(client.ask("delivery.suspend", delay=delay), as_json)


@click.command()
@_common
def resume(control: Path, as_json: bool) -> None:
    """Resume all listeners and delivery.

    \b
    Example:
      mailward resume
    """
    client = ControlClient(control)
    client.ask("listeners.resume")
    _tell(client.ask("delivery.resume"), as_json)


@click.command()
@click.argument("listeners", nargs=-1)
@delay_option
@_common
def suspendlistener(listeners: tuple[str, ...], delay: float, control: Path, as_json: bool) -> None:
    """Answer new connections to LISTENERS (all, if none is named) with 421.

    \b
    Examples:
      mailward suspendlistener
      mailward suspendlistener InboundMail --delay 0
    """
    names = list(listeners) or None
    _tell(ControlClient(control).ask("listeners.suspend", listeners=names, delay=delay), as_json)


@click.command()
@click.argument("listeners", nargs=-1)
@_common
def resumelistener(listeners: tuple[str, ...], control: Path, as_json: bool) -> None:
    """Accept mail on LISTENERS (all, if none is named) again.

    \b
    Example:
      mailward resumelistener
    """
    _tell(ControlClient(control).ask("listeners.resume", listeners=list(listeners) or None), as_json)


@click.command()
@delay_option
@_common
def suspenddel(delay: float, control: Path, as_json: bool) -> None:
    """Start no delivery; mail is accepted and waits.

    \b
    Example:
      mailward suspenddel --delay 0
    """
    _tell(ControlClient(control).ask("delivery.suspend", delay=delay), as_json)


@click.command()
@_common
def resumedel(control: Path, as_json: bool) -> None:
    """Deliver again.

    \b
    Example:
      mailward resumedel
    """
    _tell(ControlClient(control).ask("delivery.resume"), as_json)
