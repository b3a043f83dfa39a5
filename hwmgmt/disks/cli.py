"""`mailward hw disks`, `raid`, `smart` and `limit`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hwmgmt.disks import limit as guard
from hwmgmt.disks.block import Disk, list_disks, udev_properties, watch
from hwmgmt.disks.raid import read_raid
from hwmgmt.disks.smart import SmartDevice, read_smart, scan
from hwmgmt.disks.states import ArrayState
from hwmgmt.models.facts import read_facts
from hwmgmt.models.hypervisor import detect_hypervisor
from hwmgmt.reading import Reading, Reason
from hwmgmt.size import format_size
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json, print_table, to_plain

ROOT = Path("/")


def _size(reading: Reading[int]) -> str:
    return str(reading) if reading.value is None else format_size(reading.value)


def _flag(reading: Reading[bool], yes: str, no: str) -> str:
    return str(reading) if reading.value is None else yes if reading.value else no


@click.command()
@click.option("--watch", "watching", is_flag=True, help="Then report disks as they come and go, until ^C.")
@json_option
def disks(watching: bool, as_json: bool) -> int:
    """Disks that are built in or plugged in.

    A value in parentheses is the reason why it is not known; --json has more facts of each disk. With --watch
    and --json there is one JSON object per line for each event.

    \b
    Examples:
      mailward hw disks               all disks
      mailward hw disks --watch       and what is plugged in or pulled from now on
      mailward hw disks --json        for a machine
    """
    found = list_disks(ROOT, udev_properties()).need()
    if as_json:
        print_json(found)
    else:
        columns = ("disk", "size", "table", "kind", "model", "serial", "system")
        print_table(columns, [_row(disk) for disk in found])
    if watching:
        _watch(as_json)
    return ExitStatus.OK


def _row(disk: Disk) -> tuple[str, ...]:
    return (
        disk.node,
        _size(disk.size),
        str(disk.table),
        _flag(disk.rotational, "spins", "flash"),
        str(disk.model),
        str(disk.serial),
        "yes" if disk.system else "no",
    )


def _watch(as_json: bool) -> None:
    for event in watch():
        if as_json:
            click.echo(json.dumps({"action": event.action.value, "name": event.name}))
        else:
            click.echo(f"{event.action}  /dev/{event.name}  {event.properties.get('ID_MODEL', '')}".rstrip())


@click.command()
@json_option
def raid(as_json: bool) -> int:
    """RAID arrays and the state of their drives.

    Linux md is read from the kernel; MegaRAID controllers through storcli or perccli, if installed. The
    exit status is 1 if an array is degraded or failed.

    \b
    Examples:
      mailward hw raid                all arrays
      mailward hw raid --json         for a machine
    """
    found = read_raid(ROOT)
    if as_json:
        print_json(found)
    else:
        rows = [
            (
                array.name,
                array.level,
                f"{array.state} {array.progress}" if array.progress.ok else array.state,
                drive.name,
                drive.state,
                drive.last_error,
            )
            for array in found.arrays
            for drive in array.drives
        ]
        print_table(("array", "level", "state", "drive", "drive state", "last error"), rows)
        for title, source in (("Linux md", found.md), ("MegaRAID", found.controllers)):
            if not source.ok:
                click.echo(f"{title}: {source} {source.detail}")
    bad = found.worst in (ArrayState.DEGRADED, ArrayState.FAILED)
    return ExitStatus.FAILED if bad else ExitStatus.OK


@click.command()
@click.argument("devices", nargs=-1)
@click.option("--deadline", default=5.0, show_default=True, help="Seconds a drive has for its answer.")
@json_option
def smart(devices: tuple[str, ...], deadline: float, as_json: bool) -> int:
    """What the drives say about their health.

    Without DEVICES: all that smartctl finds, those behind a MegaRAID controller too. The exit status is 1
    if a drive says that it is failing. "bad" counts sectors that were replaced or cannot be read, "wear" what
    is used up of an SSD's life.

    \b
    Examples:
      mailward hw smart               all drives
      mailward hw smart /dev/sda      one
      mailward hw smart --json        for a machine
    """
    found = scan(deadline=deadline) if not devices else None
    asked = [SmartDevice(name) for name in devices] if found is None else list(found.otherwise(()))
    answers = read_smart(asked, deadline=deadline)
    if as_json:
        print_json(
            {
                "scan": found,
                "drives": [{**to_plain(device), "smart": answer} for device, answer in answers.items()],
            }
        )
    else:
        rows = []
        for device, answer in answers.items():
            drive = answer.value
            if drive is None:
                rows.append((device.name, str(answer), *[""] * 5, answer.detail))
                continue
            said = _flag(drive.passed, "passed", "FAILING")
            figures = (drive.model, drive.temperature, drive.hours, drive.wear, drive.bad_sectors)
            # What a kind of drive does not count is no news.
            texts = ("-" if figure.reason is Reason.UNSUPPORTED else str(figure) for figure in figures)
            rows.append((device.name, said, *texts, "; ".join(drive.problems)))
        columns = ("drive", "verdict", "model", "temp", "on", "wear", "bad", "problems")
        print_table(columns, rows)
        if found is not None and not asked:
            click.echo(
                f"No drive was found: {found} {found.detail}".rstrip()
                if not found.ok
                else "No drive has SMART."
            )
    failing = any(answer.value and answer.value.passed.value is False for answer in answers.values())
    return ExitStatus.FAILED if failing else ExitStatus.OK


@click.command()
@json_option
def limit(as_json: bool) -> int:
    """Which disks are over the limit of 2 TB, and what that means.

    The limit is 2^32 x 512 = 2,199,023,255,552 bytes. The exit status is 3 if a disk blocks an upgrade.

    \b
    Examples:
      mailward hw limit               verdict for each disk
      mailward hw limit --json        for a machine
    """
    host = guard.Host(guard.read_firmware(ROOT), detect_hypervisor(read_facts(ROOT)))
    verdicts = guard.judge_all(list_disks(ROOT, udev_properties()).need(), host)
    if as_json:
        print_json({"limit_bytes": guard.LIMIT_BYTES, "firmware": host.firmware, "verdicts": verdicts})
    else:
        print_table(
            ("disk", "verdict", "because"),
            [(verdict.disk, verdict.state, verdict.because) for verdict in verdicts],
        )
        for text in sorted({verdict.ceiling for verdict in verdicts if verdict.ceiling}):
            click.echo(f"Largest virtual disk of {text}.")
        for text in sorted({verdict.advice for verdict in verdicts if verdict.advice}):
            click.echo(f"What to do: {text}.")
    return ExitStatus.REJECTED if any(verdict.blocks for verdict in verdicts) else ExitStatus.OK
