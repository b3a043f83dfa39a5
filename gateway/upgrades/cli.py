"""`mailward upgrade run`, `status`, `cancel`, `available`, `download`, `delete`, and what the units call."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from gateway.config import xml
from gateway.config.store import Store
from gateway.upgrades.follow import Progress
from gateway.upgrades.parts import Places, alone, ports, trusted
from mailward.errors import BadInput, ExitStatus, Rejected
from mailward.output import json_option, print_json
from mailward.progress import say
from mailward.version import Version
from upgrade.fetch.library import Library
from upgrade.journal import Event, Journal, Kind
from upgrade.migrations.run import migrate as run_migrations
from upgrade.preflight.administrator import judge
from upgrade.preflight.check import Severity
from upgrade.preflight.machine import read_user, running_version
from upgrade.sequence import sequencer
from upgrade.sequence.order import DELAY, DRAIN, Order
from upgrade.sequence.system import must
from upgrade.sequence.work import Cancelled, Stopped
from upgrade.slots.protocol import Offered
from upgrade.status import document

UNIT = "mailward-upgrade.service"
F = TypeVar("F", bound=Callable[..., Any])


class NotAdministrator(Rejected):
    """U3."""

    key = "upgrade.administrator"
    sentence = "{finding}"
    remedy = "{advice}"


class NoSource(BadInput):
    key = "upgrade.source"
    sentence = "it is not known where releases come from"
    remedy = "Name it with --source, or once for all with `updateconfig`"


class NothingUnderWay(Rejected):
    key = "upgrade.nothing"
    sentence = "no upgrade is under way that could be cancelled"


class TooLate(Rejected):
    key = "upgrade.too-late"
    sentence = "the upgrade is past its reboot and cannot be cancelled"
    remedy = "It goes back by itself if it is not well; `mailward upgrade revert` goes back afterwards"


def administrator() -> None:
    """U3. Raises `NotAdministrator`."""
    answer = judge(read_user())
    if answer.severity is Severity.BLOCK:
        raise NotAdministrator(finding=answer.finding, advice=answer.remedy)


def source_of(given: str) -> str:
    """Where releases come from. Raises `NoSource`."""
    configured = given or Store().running().config.updates.release_server
    if not configured:
        raise NoSource()
    return configured


source_option = click.option(
    "--source", default="", metavar="URL", help="https://…, a folder, or usb; else what updateconfig says."
)


@click.command()
@click.option("--to", "target", required=True, metavar="VERSION", help="Release to upgrade to.")
@source_option
@click.option("--delay", default=DELAY, show_default=True, type=click.FloatRange(0, 3600), help="Seconds.")
@click.option("--drain", default=DRAIN, show_default=True, type=click.FloatRange(0), help="Seconds.")
@click.option("--deadline", default=120.0, show_default=True, type=click.FloatRange(1), help="Of the gate.")
@click.option("--stability", default=60.0, show_default=True, type=click.FloatRange(0), help="Of the gate.")
@click.option(
    "--service-logs/--no-service-logs", default=None, help="Limited telemetry; left out, as it is now."
)
@click.option("--force", is_flag=True, help="Allow a version that was rolled back on this appliance.")
@click.option("--confirmed", multiple=True, metavar="PORT", help="Fibre port whose switch you looked at.")
@json_option
def run(
    target: str,
    source: str,
    confirmed: tuple[str, ...],
    service_logs: bool | None,
    as_json: bool,
    **words: Any,
) -> int:
    """Upgrade, from the first check to the reboot; the new release finishes it.

    It goes on if this command is ended, and after a power cut. Until the reboot `mailward upgrade cancel` stops it.

    \b
    Examples:
      mailward upgrade run --to 14.2.3-031
      mailward upgrade run --to 14.2.3-031 --source /var/releases --delay 0 --json
    """
    administrator()
    order = Order(
        running_version(),
        Version.parse(target),
        url=source_of(source),
        confirmed=",".join(confirmed),
        service_logs="" if service_logs is None else "yes" if service_logs else "no",
        **words,
    )
    return start(order, as_json=as_json)


def start(order: Order, *, as_json: bool) -> int:
    """Begin, leave the work to the unit, and follow it. The exit status says how it ended."""
    places = Places()
    progress = Progress(places.run)
    journal = Journal(places.journal)
    with alone(places, wait=False):
        places.cancel.unlink(missing_ok=True)
        progress.begin()
        sequencer.begin(ports(places, progress.tell), order)
    must(["systemctl", "start", "--no-block", UNIT])
    last = progress.follow(journal.read, (lambda text: None) if as_json else say)
    if as_json:
        print_json({"outcome": "rebooting" if last.kind is Kind.STEP else last.kind, "reason": last.detail})
    elif last.kind is Kind.STEP:
        click.echo("The system is going to reboot. You may log in again after this is done.")
    else:
        click.echo(f"The upgrade has ended: {last.kind}{': ' + last.detail if last.detail else ''}.")
    return ExitStatus.OK if last.kind in (Kind.STEP, Kind.COMMITTED) else ExitStatus.FAILED


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Why this version runs, what is under way, and what was tried.

    \b
    Examples:
      mailward upgrade status
      mailward upgrade status --json
    """
    found = document(running_version(), Journal(Places().journal).read())
    if as_json:
        print_json(found)
        return
    click.echo(found["why"])
    if found["down_time"] is not None:
        click.echo(f"Listeners took no mail for {found['down_time']:.0f} s in the last upgrade.")
    for one in found["attempts"]:
        because = f": {one['reason']}" if one["reason"] else ""
        click.echo(f"  {one['began'][:16]}  {one['from']} -> {one['to']}  {one['outcome']}{because}")


@click.command()
@json_option
def cancel(as_json: bool) -> None:
    """Stop the upgrade that is under way, and undo what it did. Possible until its reboot.

    \b
    Examples:
      mailward upgrade cancel
    """
    administrator()
    places = Places()
    events = Journal(places.journal).read()
    if not events or events[-1].kind not in (Kind.STARTED, Kind.STEP):
        raise NothingUnderWay()
    if _past_reboot(events):
        raise TooLate()
    places.cancel.touch()
    must(["systemctl", "start", "--no-block", UNIT])
    print_json({"cancelling": True}) if as_json else click.echo("The upgrade is being cancelled.")


def _past_reboot(events: tuple[Event, ...]) -> bool:
    done = [event.detail for event in events[_last_start(events) :] if event.kind is Kind.STEP]
    return "reboot" in done


def _last_start(events: tuple[Event, ...]) -> int:
    return max(at for at, event in enumerate(events) if event.kind is Kind.STARTED)


@click.command()
@source_option
@json_option
def available(source: str, as_json: bool) -> None:
    """List the releases that a source offers, and how much of each is downloaded.

    \b
    Examples:
      mailward upgrade available
      mailward upgrade available --source /var/releases --json
    """
    offers = Library(trusted()).list(source_of(source))
    if as_json:
        print_json([_offer(one) for one in offers])
        return
    for one in offers:
        click.echo(f"{one.version}  {one.size:>14,} bytes{'  downloaded' if one.complete else ''}")


def _offer(one: Offered) -> dict[str, Any]:
    return {
        "version": str(one.version),
        "size": one.size,
        "fetched": one.fetched,
        "complete": one.complete,
    }


@click.command()
@click.argument("version")
@source_option
@json_option
def download(version: str, source: str, as_json: bool) -> None:
    """Fetch a release and check every file of it; what was fetched before is not fetched again.

    \b
    Examples:
      mailward upgrade download 14.2.3-031
    """
    administrator()
    shown: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        line = f"{what} {100 * done // max(1, total)} %"
        if not as_json and line not in shown[-1:]:
            shown.append(line)
            say(line)

    fetched = Library(trusted()).fetch(source_of(source), Version.parse(version), progress)
    found = {"version": str(fetched.version), "folder": str(fetched.folder)}
    print_json(found) if as_json else click.echo(f"{fetched.version} is downloaded and checked.")


@click.command()
@click.argument("version")
@json_option
def delete(version: str, as_json: bool) -> None:
    """Remove what was downloaded of a release.

    \b
    Examples:
      mailward upgrade delete 14.2.3-031
    """
    administrator()
    Library(trusted()).delete(Version.parse(version))
    print_json({"deleted": version}) if as_json else click.echo(f"{version} is deleted.")


@click.command(hidden=True)
def boot() -> None:
    """What each boot does before the mail service: the configuration becomes that of the release that runs."""
    places = Places()
    if not places.journal.exists():
        return
    with alone(places, wait=True):
        progress = Progress(places.run)
        progress.begin()
        sequencer.early(ports(places, progress.tell))


@click.command(hidden=True)
def resume() -> int:
    """What each boot does after the mail service, and what does the work: go on from where the journal is."""
    places = Places()
    if not places.journal.exists():
        return ExitStatus.OK
    with alone(places, wait=True):
        try:
            sequencer.resume(ports(places, Progress(places.run).tell))
        except (Stopped, Cancelled) as error:
            say(error.explain())  # it ended in order, and the journal says how
        finally:
            places.cancel.unlink(missing_ok=True)
    return ExitStatus.OK


@click.command(hidden=True)
@click.argument("names", nargs=-1)
@json_option
def migrate(names: tuple[str, ...], as_json: bool) -> None:
    """Run migrations on the configuration at standard input and validate what comes out.

    The old release calls this in the new one's slot, before anything is changed.

    \b
    Examples:
      mailward upgrade migrate ca-certificates --json < config.xml
    """
    done = run_migrations(sys.stdin.buffer.read(), names, datetime.now(UTC))
    xml.loads(done.document, name="after its migrations")
    report = [f"{one.kind}: {one.element} {one.text}" for one in done.entries]
    if as_json:
        print_json({"document": base64.b64encode(done.document).decode(), "report": report})
        return
    for line in report:
        say(line)
    click.echo(done.document.decode("utf-8", "surrogateescape"))


@click.command()
@json_option
def revert(as_json: bool) -> int:
    """Go back to the release in the other slot, in one reboot.

    Queue, quarantines, logs and tracking are kept, and the configuration too where that release can read it;
    otherwise it is the one that release had.

    \b
    Examples:
      mailward upgrade revert
    """
    from upgrade.revert import order_of

    administrator()
    places = Places()
    parts = ports(places, say)
    return start(order_of(parts.slots.survey(), running_version()), as_json=as_json)
