"""`mailward hw health` and `mailward hw metrics`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from hwmgmt.health import sources as collecting
from hwmgmt.health import thresholds as limits
from hwmgmt.health.assess import assess
from hwmgmt.health.report import HealthReport
from hwmgmt.health.states import Verdict
from hwmgmt.ipmi.options import Connection, bmc_options
from hwmgmt.ipmi.target import InBand
from hwmgmt.reading import Reading
from hwmgmt.size import format_size
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json, print_table

ROOT = Path("/")


def _report(connection: Connection, thresholds: Path) -> HealthReport:
    found = collecting.collect(
        connection.target,
        root=ROOT,
        answer_s=min(collecting.BMC_ANSWER_S, connection.answer_s),
        bmc_only=not isinstance(connection.target, InBand),
    )
    return assess(found, limits.load(thresholds))


_thresholds = click.option(
    "--thresholds",
    default=limits.THRESHOLDS_FILE,
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with a site's own thresholds.",
)


@click.command()
@_thresholds
@bmc_options
@json_option
def health(thresholds: Path, connection: Connection, as_json: bool) -> int:
    """Power supplies, fans, temperatures, RAID, disks, memory and load, with one verdict.

    The states are those of the ASYNCOS-MAIL-MIB. What could not be read has its reason in parentheses; a BMC
    that is there and does not answer is a warning. The exit status is 1 if something has failed, else 0. It
    never takes longer than 10 seconds. With --host only that BMC is asked.

    \b
    Thresholds (TOML, all optional):
      [temperature]              warning, failed (°C; without them the BMC's own limits decide)
      [temperature.sensors.NAME] warning, failed for one sensor
      [fan]                      minimum (rpm)
      [power]                    supplies (how many must be healthy)
      [memory]                   shortage, full (per cent in use)
      [load]                     warning (per processor, over 15 minutes)
      [disk]                     temperature (°C), wear (per cent)
      [areas]                    warning (per cent in use: the alert at 75, 85 or 95)

    \b
    Examples:
      mailward hw health                          this machine
      mailward hw health --json                   for a machine
      mailward hw health --host 192.0.2.9 --password-file ~/.bmc
    """
    report = _report(connection, thresholds)
    if as_json:
        print_json(report)
    else:
        _print(report)
    return ExitStatus.FAILED if report.verdict is Verdict.FAILED else ExitStatus.OK


@click.command()
@_thresholds
@bmc_options
@json_option
def metrics(thresholds: Path, connection: Connection, as_json: bool) -> int:
    """The health report as Prometheus metrics, for node_exporter's textfile collector.

    \b
    Examples:
      mailward hw metrics >/var/lib/node_exporter/mailward.prom
      mailward hw metrics --json      the same report as JSON (as `hw health --json`)
    """
    report = _report(connection, thresholds)
    if as_json:
        print_json(report)
        return ExitStatus.OK
    # A tenth of a second to import, which `hw health` need not pay.
    from hwmgmt.health.metrics import render

    click.echo(render(report), nl=False)
    return ExitStatus.OK


def _print(report: HealthReport) -> None:
    colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}
    click.secho(f"Health: {report.verdict}", fg=colours[report.verdict], bold=True)
    for finding in report.findings:
        click.secho(f"  {finding.verdict:<7}  {finding.sentence}", fg=colours[finding.verdict])
    click.echo()
    print_table(("part", "name", "value", "state"), _rows(report))
    click.echo(f"\nTook {report.took_s:.2f} s.")


Row = tuple[str, object, object, object]


def _rows(report: HealthReport) -> Iterable[Row]:
    yield from _section("power supply", report.power_supplies)
    for supply in report.power_supplies.otherwise(()):
        yield ("power supply", supply.name, "", supply.status)
    if report.redundancy.ok:
        yield ("redundancy", "", "", report.redundancy)
    yield from _section("temperature", report.temperatures)
    for item in report.temperatures.otherwise(()):
        yield ("temperature", item.name, _number(item.celsius), item.verdict)
    yield from _section("fan", report.fans)
    for fan in report.fans.otherwise(()):
        yield ("fan", fan.name, _number(fan.rpm), fan.verdict)
    yield from _section("RAID", report.raid)
    for drive in report.raid.otherwise(()):
        yield ("RAID", drive.raid_id, drive.last_error, drive.status)
    yield from _section("disk", report.disks)
    for disk in report.disks.otherwise(()):
        yield ("disk", disk.device, disk.celsius, disk.verdict if disk.passed.ok else disk.passed)
    if (memory := report.memory.value) is not None:
        used = f"{memory.percent} % of {format_size(memory.total)} in use"
        yield ("memory", "", used, memory.status)
    yield from _section("memory", report.memory)
    if (load := report.load.value) is not None:
        averages = f"{load.one:.2f} {load.five:.2f} {load.fifteen:.2f}"
        yield ("load", f"{load.processors} processors", averages, load.verdict)
    yield from _section("area", report.areas)
    for area in report.areas.otherwise(()):
        used = f"{area.percent:g} % of {format_size(area.limit)}"
        yield ("area", area.area.value.replace("_", " "), used, area.verdict)
    if (log := report.event_log.value) is not None:
        yield ("event log", "", f"{log.entries} entries", "full" if log.overflow else "ok")


def _number(reading: Reading[float]) -> str:
    return str(reading) if reading.value is None else f"{reading.value:g} {reading.unit}".rstrip()


def _section(part: str, reading: Reading[Any]) -> Iterable[Row]:
    """A row for a section that could not be read, or that is empty; none for what nobody asked for."""
    if reading.detail == collecting.ELSEWHERE:
        return
    if not reading.ok:
        yield (part, "", "", f"({reading.reason}) {reading.detail}".rstrip())
    elif reading.value == ():
        yield (part, "", "", "none")
