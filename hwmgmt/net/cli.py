"""`mailward hw links`, `hw lldp`, `hw dcb` and `hw guard`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hwmgmt.models.detect import detect
from hwmgmt.net import dcb as dcb_netlink
from hwmgmt.net import guard as reboot_guard
from hwmgmt.net import views
from hwmgmt.net.fibre import MediumFound
from hwmgmt.net.links import Link, Network
from hwmgmt.net.lldp.listen import FULL_LISTEN, listen
from hwmgmt.net.quiet import PortQuieted, switch_ports
from hwmgmt.net.sources import SOURCES, read_network
from hwmgmt.net.status import Machine, choose, fcoe_instances, read_status
from mailward.errors import BadInput, ExitStatus
from mailward.output import json_option, print_json, print_table
from mailward.progress import step

F = TypeVar("F", bound=Callable[..., Any])


class NoSuchPort(BadInput):
    key = "hw.net.no-such-port"
    sentence = "there is no interface {port}"
    remedy = "mailward hw links names them"


def port_option(text: str) -> Callable[[F], F]:
    return click.option("--port", "ports", multiple=True, metavar="NAME", help=f"{text} Repeat for more.")


def seconds_option(text: str) -> Callable[[F], F]:
    return click.option(
        "--seconds", type=click.FloatRange(0, 600), default=FULL_LISTEN, show_default=True, help=text
    )


def _network(ports: tuple[str, ...] = ()) -> Network:
    """The links. Raises `NoReading`, and `NoSuchPort` for a name that is none."""
    network = read_network().need()
    for port in ports:
        if network.link(port) is None:
            raise NoSuchPort(port=port)
    return network


def _chosen(
    machine: Machine, ports: tuple[str, ...], *, every: bool = False
) -> list[tuple[Link, MediumFound]]:
    """The named ports, or those that are fibre or may be."""
    found = choose(_network(ports), detect(), machine, told=ports, every=every)
    return [one for one in found if not ports or one[0].name in ports]


@click.command()
@click.option("--source", type=click.Choice(list(SOURCES)), help="Read from here only.")
@json_option
def links(source: str | None, as_json: bool) -> int:
    """Interfaces, addresses, default gateways.

    \b
    Examples:
      mailward hw links                    what the kernel says
      mailward hw links --source psutil    without netlink (no routes)
      mailward hw links --json             for a machine
    """
    reading = SOURCES[source](Path("/")) if source else read_network()
    network = reading.need()
    if as_json:
        print_json(views.network_json(network))
        return ExitStatus.OK
    print_table(views.LINK_COLUMNS, [views.link_row(link) for link in network.links])
    for route in network.gateways:
        click.echo(f"default gateway {route.gateway} through {route.port}, metric {route.metric}")
    if not network.routes.ok:
        click.echo(f"routes: {network.routes} {network.routes.detail}")
    for note in network.notes:
        click.echo(f"note: {note}", err=True)
    return ExitStatus.OK


@click.group()
def lldp() -> None:
    """LLDP and FCoE on the fibre ports: who talks, and how to make it quiet."""


@lldp.command()
@port_option("This port, whatever it is.")
@click.option("--all", "every", is_flag=True, help="Copper and virtual ports too.")
@seconds_option("Listen for so long; less if every port has heard a neighbour.")
@json_option
def status(ports: tuple[str, ...], every: bool, seconds: float, as_json: bool) -> int:
    """Per fibre port: the neighbour, whether it announces FCoE, who sends LLDP here, who owns DCBX.

    \b
    Examples:
      mailward hw lldp status                          the fibre ports
      mailward hw lldp status --all --seconds 5        every port, in a hurry
      mailward hw lldp status --port enp94s0f0 --json  one port, for a machine
    """
    machine = Machine()
    chosen = _chosen(machine, ports, every=every)
    names = ", ".join(link.name for link, _ in chosen)
    with step(f"Listening on {names or 'no port'} for up to {seconds:g} s"):
        found = read_status(chosen, machine, seconds=seconds)
    instances = fcoe_instances()
    if as_json:
        print_json({"ports": [views.status_json(port) for port in found], "fcoe_instances": list(instances)})
        return ExitStatus.OK
    if not found:
        click.echo("No port of this machine is fibre. --all shows the others.")
    else:
        print_table(views.STATUS_COLUMNS, [views.status_row(port) for port in found])
    if instances:
        click.echo(f"FCoE or Fibre Channel on this machine: {', '.join(instances)}")
    return ExitStatus.OK


@lldp.command("listen")
@port_option("Listen on this port; every card that is up without it.")
@seconds_option("Listen for so long.")
@json_option
def listen_command(ports: tuple[str, ...], seconds: float, as_json: bool) -> int:
    """Listen for LLDP, FIP and FCoE and say who was heard. Sends nothing, changes nothing.

    \b
    Examples:
      mailward hw lldp listen                          every card for 35 s
      mailward hw lldp listen --port eth1 --seconds 5
    """
    network = _network(ports)
    names = list(ports) or [link.name for link in network.links if link.is_card and link.up]
    with step(f"Listening on {', '.join(names) or 'no port'} for {seconds:g} s"):
        heard = listen(names, seconds)
    if as_json:
        print_json(heard)
    else:
        print_table(
            views.HEARD_COLUMNS, [row for port, one in heard.items() for row in views.heard_rows(port, one)]
        )
    return ExitStatus.OK


@lldp.command()
@port_option("Only this port, whatever it is.")
@seconds_option("Listen for so long afterwards; 0 leaves the check out.")
@json_option
def disable(ports: tuple[str, ...], seconds: float, as_json: bool) -> int:
    """Make fibre ports quiet: the agent in the card off, no program sends; then listen to verify.

    The exit status is 1 if this machine could not be made quiet, 3 if it is quiet and the switch still talks:
    turning that off is for the switch's administrator.

    \b
    Examples:
      mailward hw lldp disable                     all fibre ports
      mailward hw lldp disable --port enp94s0f0    one port
    """
    found = _switched(ports, seconds, on=False)
    if as_json:
        print_json([views.quiet_json(port) for port in found])
    else:
        _print_quieted(found)
    if not all(port.done for port in found):
        return ExitStatus.FAILED
    return ExitStatus.REJECTED if any(port.talks for port in found) else ExitStatus.OK


@lldp.command()
@port_option("Only this port, whatever it is.")
@click.option("--seconds", type=click.FloatRange(0, 600), default=0, help="Listen for so long afterwards.")
@json_option
def enable(ports: tuple[str, ...], seconds: float, as_json: bool) -> int:
    """Undo `disable`: the agent in the card on, programs that run send again.

    \b
    Examples:
      mailward hw lldp enable
      mailward hw lldp enable --port enp94s0f0 --json
    """
    found = _switched(ports, seconds, on=True)
    if as_json:
        print_json([views.quiet_json(port) for port in found])
    else:
        _print_quieted(found)
    return ExitStatus.OK if all(port.done for port in found) else ExitStatus.FAILED


def _switched(ports: tuple[str, ...], seconds: float, *, on: bool) -> tuple[PortQuieted, ...]:
    machine = Machine()
    chosen = _chosen(machine, ports)
    title = (
        f"Turning LLDP {'on' if on else 'off'} on {', '.join(link.name for link, _ in chosen) or 'no port'}"
    )
    with step(title):
        return switch_ports(chosen, machine, on=on, seconds=seconds)


def _print_quieted(found: tuple[PortQuieted, ...]) -> None:
    if not found:
        click.echo("No port of this machine is fibre. --port names one that is.")
        return
    print_table(views.QUIET_COLUMNS, [row for port in found for row in views.quiet_rows(port)])
    for port in found:
        for one in port.sends:
            click.echo(f"{port.port}: {one.source} of this machine still sends {one.protocol.upper()}")
        for one in port.talks:
            who = one.neighbour.value or one.source
            click.echo(f"{port.port}: {who} still sends {one.protocol.upper()}; that is set on the switch")


@click.command()
@port_option("Only this port.")
@json_option
def dcb(ports: tuple[str, ...], as_json: bool) -> int:
    """Who negotiates DCBX on each port, and the application priorities in force.

    \b
    Examples:
      mailward hw dcb
      mailward hw dcb --port enp94s0f0 --json
    """
    network = _network(ports)
    names = ports or tuple(link.name for link in network.links if link.is_card)
    found = {name: dcb_netlink.read(name) for name in names}
    if as_json:
        print_json(found)
    else:
        print_table(views.DCB_COLUMNS, [views.dcb_row(name, reading) for name, reading in found.items()])
    return ExitStatus.OK


@click.command()
@click.option("--fibre", multiple=True, metavar="NAME", help="This port is fibre, whatever its driver says.")
@click.option(
    "--confirmed", multiple=True, metavar="NAME", help="Somebody saw on the switch that this port is quiet."
)
@seconds_option("Listen for so long. Silence for less proves nothing.")
@json_option
def guard(fibre: tuple[str, ...], confirmed: tuple[str, ...], seconds: float, as_json: bool) -> int:
    """May this machine reboot or upgrade? On C695 and C695F the switch must not talk LLDP.

    The exit status is 0 if it may, 3 if not. What is not known says no, until --confirmed; what was heard
    says no in any case.

    \b
    Examples:
      mailward hw guard
      mailward hw guard --confirmed enp94s0f1
      mailward hw guard --json
    """
    model = detect()
    if reboot_guard.applies(model):
        with step(f"Listening to the switch for up to {seconds:g} s"):
            verdict = reboot_guard.check(model, seconds=seconds, told=fibre, confirmed=confirmed)
    else:
        verdict = reboot_guard.check(model)
    if as_json:
        print_json(views.verdict_json(verdict))
    else:
        click.echo(f"{verdict.outcome}: {verdict.because}.")
        for one in verdict.findings:
            click.echo(f"{one.port}: {one.what}.".removeprefix(": "))
            click.echo(f"  What to do: {one.remedy}.")
        for note in verdict.notes:
            click.echo(f"note: {note}")
    return ExitStatus.OK if verdict.clear else ExitStatus.REJECTED
