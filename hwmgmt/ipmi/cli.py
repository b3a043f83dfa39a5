"""`mailward hw sensors`, `sel` and `fru`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import click

from hwmgmt.ipmi import fru as parts
from hwmgmt.ipmi import sel as log
from hwmgmt.ipmi import sensors as readings
from hwmgmt.ipmi.bmc import Bmc, reading
from hwmgmt.ipmi.options import Connection, DefaultGroup, bmc_options, confirm_unless
from hwmgmt.ipmi.sdr import repository
from hwmgmt.ipmi.sdr.records import SensorRecord
from hwmgmt.ipmi.vocabulary import Severity
from hwmgmt.reading import Reading, Reason
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json, print_table, to_plain

BUDGET_S = 60.0
# An event log has no deadline as a whole, only per entry; this ends a BMC that drips.
LOG_BUDGET_S = 600.0


@click.command()
@click.argument("names", nargs=-1)
@click.option("--thresholds", is_flag=True, help="Also the limits in force; one more question per sensor.")
@bmc_options
@json_option
def sensors(names: tuple[str, ...], thresholds: bool, connection: Connection, as_json: bool) -> int:
    """Sensors of the machine, as `ipmitool sdr` and `ipmitool sensor` show them.

    Without NAMES: all. A sensor that cannot be read has the reason in parentheses; the others are shown all
    the same. The exit status is 1 if not even the list of sensors could be read.

    \b
    Examples:
      mailward hw sensors                        this machine
      mailward hw sensors PSU1_STATUS --json     one of them, for a machine
      mailward hw sensors --thresholds           with limits
      mailward hw sensors --host 192.0.2.9 --user admin --password-file ~/.bmc
    """
    with connection.session(budget_s=BUDGET_S) as session:
        records = repository.read(session, cache=repository.CACHE, owner=str(connection.target))
        wanted = [record for record in records.sensors if not names or record.name in names]
        found = list(readings.read(session, wanted))
        limits = [_limits(session, record, thresholds) for record in wanted]
    if as_json:
        rows = [
            to_plain(sensor) | ({"thresholds": to_plain(limit)} if thresholds else {})
            for sensor, limit in zip(found, limits, strict=True)
        ]
        print_json({"sensors": rows, "bad_records": records.bad})
        return ExitStatus.OK
    columns = ["sensor", "reading", "state", "kind"] + (["limits"] if thresholds else [])
    print_table(columns, [_sensor_row(sensor, limit) for sensor, limit in zip(found, limits, strict=True)])
    for bad in records.bad:
        click.echo(f"record {bad.record_id:#06x}: ({bad.reason}) {bad.detail}", err=True)
    return ExitStatus.OK


def _limits(bmc: Bmc, record: SensorRecord, wanted: bool) -> Reading[dict[str, float]] | None:
    return readings.thresholds(bmc, record) if wanted else None


def _sensor_row(sensor: readings.Sensor, limit: Reading[dict[str, float]] | None) -> list[object]:
    state = sensor.reading.value
    if state is None:
        row: list[object] = [sensor.name, f"({sensor.reading.reason})", sensor.reading.detail, sensor.kind]
    else:
        value = "" if state.value is None else f"{state.value:g} {state.unit}".rstrip()
        words = ", ".join(item.text for item in state.states) or "ok"
        row = [sensor.name, value, _marked(words, state.severity), sensor.kind]
    if limit is not None:
        row.append(", ".join(f"{name} {value:g}" for name, value in limit.otherwise({}).items()))
    return row


def _marked(words: str, severity: Severity) -> str:
    return words if severity is Severity.OK else f"{words} [{severity}]"


@click.group(cls=DefaultGroup, default="list")
def sel() -> None:
    """The BMC's event log; without a subcommand `sel list`.

    \b
    Examples:
      mailward hw sel                     the log of this machine
      mailward hw sel list --last 20      its newest entries
      mailward hw sel info --json         how full it is
      mailward hw sel clear --yes         erase it
    """


@sel.command("list")
@click.option("--from", "start", default="0", metavar="ID", help="Start at the entry with this id.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Show the newest N only.")
@bmc_options
@json_option
def list_entries(start: str, last: int | None, connection: Connection, as_json: bool) -> int:
    """The entries, oldest first, each as soon as it arrives.

    There is no deadline on the whole log, only on each entry. Should the BMC fall silent, what arrived stays,
    the last line says at which id to go on with --from, and the exit status is 1.

    \b
    Examples:
      mailward hw sel list
      mailward hw sel list --from 0x02a7
      mailward hw sel list --json --host 192.0.2.9 --password-file ~/.bmc
    """
    first = _record_id(start)
    with connection.session(budget_s=LOG_BUDGET_S) as session:
        # Names of sensors are nice to have; without them the log is still the log.
        names = log.by_address(_records(session, str(connection.target)))
        entries = log.entries(session, names, start=first)
        if as_json or last:
            found = list(entries)
            shown = found[-last:] if last else found
            if as_json:
                print_json({"entries": shown, "complete": _complete(found)})
            else:
                _print_entries(shown)
            return ExitStatus.OK if _complete(found) else ExitStatus.FAILED
        complete = _print_entries(entries)
    return ExitStatus.OK if complete else ExitStatus.FAILED


def _records(bmc: Bmc, owner: str) -> tuple[SensorRecord, ...]:
    found = reading(lambda: repository.read(bmc, cache=repository.CACHE, owner=owner).sensors)
    return found.otherwise(())


def _record_id(text: str) -> int:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFFFE:
        raise click.BadParameter(f"{text} is no entry id (0 to 0xfffe)", param_hint="--from")
    return number


def _complete(entries: list[Reading[log.Event]]) -> bool:
    return not entries or entries[-1].reason in (Reason.OK, Reason.MALFORMED)


def _print_entries(entries: Iterable[Reading[log.Event]]) -> bool:
    """Print as they come: fixed columns, because nothing is known about the entries to follow."""
    last: Reading[log.Event] | None = None
    for last in entries:
        if last.value is None:
            click.echo(f"({last.reason}) {last.detail}", err=True)
        else:
            click.echo(_entry_line(last.value))
    if last is None:
        click.echo("The log is empty.")
        return True
    return last.reason in (Reason.OK, Reason.MALFORMED)


def _when(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ") if time else "never"


def _entry_line(event: log.Event) -> str:
    when = "(no time)"
    if event.time:
        when = _when(event.time)
    elif event.uptime_s is not None:
        when = f"BMC start +{event.uptime_s} s"
    numbers = ""
    if event.value is not None:
        numbers = f" ({event.value:g}"
        numbers += f" {event.unit}" if event.unit else ""
        numbers += f", limit {event.limit:g})" if event.limit is not None else ")"
    words = _marked(f"{event.text}{numbers}", event.severity)
    return f"{event.record_id:#06x}  {when:<20}  {event.sensor:<16}  {words}".rstrip()


@sel.command("info")
@bmc_options
@json_option
def sel_info(connection: Connection, as_json: bool) -> int:
    """How full the log is, and when it last changed.

    \b
    Examples:
      mailward hw sel info
      mailward hw sel info --json
    """
    with connection.session(budget_s=BUDGET_S) as session:
        found = log.info(session)
    if as_json:
        print_json(found)
        return ExitStatus.OK
    rows = [
        ("entries", found.entries),
        ("free", f"{found.free} bytes"),
        ("last entry", _when(found.last_add)),
        ("last erased", _when(found.last_erase)),
        ("entries lost", "yes" if found.overflow else "no"),
    ]
    print_table(("event log", ""), rows)
    return ExitStatus.OK


@sel.command("clear")
@click.option("--yes", is_flag=True, help="Do not ask.")
@bmc_options
@json_option
def sel_clear(yes: bool, connection: Connection, as_json: bool) -> int:
    """Erase the log. It cannot be brought back: keep `sel list --json` first.

    \b
    Examples:
      mailward hw sel list --json >sel.json && mailward hw sel clear --yes
    """
    confirm_unless(yes, f"Erase the event log of {connection.target}?")
    with connection.session(budget_s=BUDGET_S) as session:
        log.clear(session)
    if as_json:
        print_json({"cleared": True})
    else:
        click.echo("The event log is empty.")
    return ExitStatus.OK


@click.command()
@bmc_options
@json_option
def fru(connection: Connection, as_json: bool) -> int:
    """Makers, part and serial numbers of the machine and its replaceable parts.

    \b
    Examples:
      mailward hw fru
      mailward hw fru --json
    """
    with connection.session(budget_s=BUDGET_S) as session:
        locators = repository.read(session, cache=repository.CACHE, owner=str(connection.target)).frus
        found = list(parts.read_all(session, locators))
    if as_json:
        rows = [{"device": part.device, "name": part.name, "contents": part.contents} for part in found]
        print_json({"parts": rows})
        return ExitStatus.OK
    print_table(("part", "area", "field", "value"), [row for part in found for row in _part_rows(part)])
    return ExitStatus.OK


def _part_rows(part: parts.Fru) -> Iterable[tuple[str, str, str, str]]:
    name = part.name or f"FRU {part.device}"
    if part.contents.value is None:
        return [(name, "", f"({part.contents.reason})", part.contents.detail)]
    areas = part.contents.value
    rows = []
    for area, fields in (("chassis", areas.chassis), ("board", areas.board), ("product", areas.product)):
        if fields.value is not None:
            rows += [(name, area, field, value) for field, value in fields.value.items()]
        elif fields.reason is not Reason.ABSENT:
            rows.append((name, area, f"({fields.reason})", fields.detail))
    return rows
