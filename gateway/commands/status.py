"""`status`, `rate`, `hoststatus`, `tophosts`, `resetcounters`, `metrics`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gateway.commands.options import age, control_option, size, when
from gateway.service.client import ControlClient
from mailward.output import json_option, print_json, print_table

GAUGES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("Hostname", "hostname", str),
    ("Up for", "uptime", age),
    ("Workers", "workers", str),
    ("Messages in queue", "messages", str),
    ("Queue size", "octets", size),
    ("Messages in work queue", "work_queue", str),
    ("Work queue paused", "work_paused", lambda v: "yes" if v else "no"),
    ("Connections in", "connections_in", str),
    ("Connections out", "connections_out", str),
    ("Listeners suspended", "suspended_listeners", lambda v: ", ".join(v) or "none"),
    ("Delivery suspended", "delivery_suspended", lambda v: "yes" if v else "no"),
    ("Queue full", "full", lambda v: v or "no"),
)


@click.command()
@control_option
@json_option
def status(control: Path, as_json: bool) -> None:
    """How the mail service is doing: gauges, and counters since reset, start and installation.

    \b
    Examples:
      mailward status
      mailward status --json | jq .counters.delivered.uptime
    """
    found = ControlClient(control).ask("status")
    if as_json:
        print_json(found)
        return
    print_table(["", ""], [(title, show(found.get(name))) for title, name, show in GAUGES])
    since = when(found["reset_at"]) if found["reset_at"] else "never"
    print_table(
        ["Counter", "Reset", "Uptime", "Lifetime"],
        [(name, c["reset"], c["uptime"], c["lifetime"]) for name, c in found["counters"].items()],
        title=f"Counters (last reset: {since})",
    )
    print_table(
        ["Events per hour", "1 minute", "5 minutes", "15 minutes"],
        [(name, *(f"{r[m]:,.0f}" for m in ("1m", "5m", "15m"))) for name, r in found["rates"].items()],
    )


@click.command()
@click.option("--every", default=10.0, show_default=True, type=click.FloatRange(0.2), help="Seconds.")
@click.option("--count", default=0, help="Lines to print; 0 goes on until Ctrl-C.")
@control_option
@json_option
def rate(every: float, count: int, control: Path, as_json: bool) -> None:
    """Connections, recipients in and out, and the queue, line by line.

    \b
    Examples:
      mailward rate
      mailward rate --every 1 --count 5 --json
    """
    client = ControlClient(control)
    before: dict[str, Any] | None = None
    lines: list[dict[str, Any]] = []
    while count == 0 or len(lines) < count:
        found = client.ask("status")
        counters = {name: value["uptime"] for name, value in found["counters"].items()}
        line = {
            "time": time.strftime("%H:%M:%S"),
            "in": found["connections_in"],
            "out": found["connections_out"],
            "received": counters.get("recipients", 0),
            "received_delta": counters.get("recipients", 0) - (before or counters).get("recipients", 0),
            "completed": counters.get("delivered", 0) + counters.get("bounced", 0),
            "queue": found["messages"],
        }
        before = counters
        lines.append(line)
        if not as_json:
            if len(lines) == 1:
                click.echo("Time      In    Out   Received     Delta   Completed   Queue")
            click.echo(
                f"{line['time']} {line['in']:5} {line['out']:5} {line['received']:10} "
                f"{line['received_delta']:9} {line['completed']:11} {line['queue']:7}"
            )
        if count == 0 or len(lines) < count:
            time.sleep(every)
    if as_json:
        print_json(lines)


_HOST_COLUMNS = ("active_recipients", "connections_out", "delivered", "soft_bounced", "hard_bounced")


@click.command()
@click.argument("host")
@control_option
@json_option
def hoststatus(host: str, control: Path, as_json: bool) -> None:
    """What delivery to a domain or next hop is doing.

    \b
    Examples:
      mailward hoststatus example.com
      mailward hoststatus 10.0.2.2:2525 --json
    """
    found = ControlClient(control).ask("hosts", host=host)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo(
            f"Nothing is known about {host}: no mail for it is queued or was delivered since the start."
        )
    for key, entry in found.items():
        lines = [("Status", entry["status"]), *((name, entry[name]) for name in _HOST_COLUMNS)]
        print_table(["", ""], [*lines, ("Last error", entry["last_error"] or "none")], title=key)


@click.command()
@click.option("--sort", type=click.Choice(_HOST_COLUMNS), default="active_recipients", show_default=True)
@click.option("--count", default=20, show_default=True)
@control_option
@json_option
def tophosts(sort: str, count: int, control: Path, as_json: bool) -> None:
    """The destinations with most recipients waiting, connections, deliveries or bounces.

    \b
    Examples:
      mailward tophosts
      mailward tophosts --sort hard_bounced --count 5
    """
    found = ControlClient(control).ask("hosts")
    top = sorted(found.items(), key=lambda item: (-item[1][sort], item[0]))[:count]
    if as_json:
        print_json([{"host": key, **entry} for key, entry in top])
        return
    print_table(
        ["Host", "Active rcpt", "Conn out", "Delivered", "Soft bounced", "Hard bounced", "Status"],
        [(key, *(entry[name] for name in _HOST_COLUMNS), entry["status"]) for key, entry in top],
    )


@click.command()
@control_option
@json_option
def resetcounters(control: Path, as_json: bool) -> None:
    """Start the Reset column of `status` anew.

    \b
    Example:
      mailward resetcounters
    """
    ControlClient(control).ask("reset_counters")
    print_json({"reset": True}) if as_json else click.echo("Counters are reset.")


@click.command()
@control_option
@json_option
def metrics(control: Path, as_json: bool) -> None:
    """The counters and gauges as Prometheus reads them.

    \b
    Example:
      mailward metrics > /var/lib/node_exporter/mailward.prom
    """
    text = ControlClient(control).ask("metrics")
    print_json({"exposition": text}) if as_json else click.echo(text, nl=False)
