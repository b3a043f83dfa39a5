"""`mailward upgrade` commands that need the mail service: its floor hands itself to the upgrade's."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.service.client import CONTROL, ControlClient
from gateway.service.upgrade_client import UpgradeClient
from gateway.upgrades.parts import trusted
from hwmgmt.models.detect import detect
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json
from mailward.progress import step
from mailward.version import Version
from upgrade.attempts import attempts
from upgrade.attempts import denied as denied_by
from upgrade.catalogue.catalogue import catalogue
from upgrade.fetch.library import Library
from upgrade.journal import JOURNAL, Journal
from upgrade.preflight.check import Moment, run
from upgrade.preflight.machine import Subject, checks, running_version
from upgrade.preflight.signature import Offer
from upgrade.preflight.text import show, to_document

ROOT = Path("/")


def fetched_offer(version: Version) -> Offer | None:
    """What was downloaded of it, if all was."""
    for one in Library(trusted()).fetched():
        if one.version == version:
            return Offer(one.document, one.signature)
    return None


@click.command()
@click.option("--to", "target", required=True, metavar="VERSION", help="Release to upgrade to.")
@click.option(
    "--from", "source", metavar="VERSION", help="Version to upgrade from, instead of the one that runs."
)
@click.option("--begin", is_flag=True, help="Allow for what the upgrade does itself: fetch, suspend, drain.")
@click.option("--force", is_flag=True, help="Allow a version that was rolled back on this appliance.")
@click.option("--fibre", multiple=True, metavar="PORT", help="Port that is fibre. Can be repeated.")
@click.option(
    "--confirmed", multiple=True, metavar="PORT", help="Port whose switch you looked at: LLDP is off."
)
@click.option("--control", type=click.Path(path_type=Path), default=CONTROL, show_default=True)
@click.option("--journal", type=click.Path(path_type=Path), default=JOURNAL, show_default=True)
@json_option
def preflight(
    target: str,
    source: str | None,
    begin: bool,
    force: bool,
    fibre: tuple[str, ...],
    confirmed: tuple[str, ...],
    control: Path,
    journal: Path,
    as_json: bool,
) -> int:
    """What is in the way of an upgrade on this machine.

    All checks run and all are shown. What cannot be found out never passes. Nothing is changed. The exit status
    is 0 if nothing blocks, 3 if something does.

    \b
    Examples:
      mailward upgrade preflight --to 14.2.3-031
      mailward upgrade preflight --to 14.2.3-031 --begin
      mailward upgrade preflight --to 14.2.3-031 --json
    """
    old = Version.parse(source) if source else running_version(ROOT)
    new = Version.parse(target)
    subject = Subject(
        catalogue=catalogue(),
        source=old,
        target=new,
        model=detect(ROOT),
        mail=UpgradeClient(ControlClient(control)),
        denied=dict if force else lambda: denied_by(attempts(Journal(journal).read())),
        offer=fetched_offer(new),
        verifier=trusted(),
        moment=Moment.BEGIN if begin else Moment.INSTALL,
        root=ROOT,
        told=fibre,
        confirmed=confirmed,
    )
    with step("Looking at this machine"):
        report = run(checks(subject))
    if as_json:
        print_json(to_document(report, old, new))
    else:
        show(report, old, new)
    return ExitStatus.REJECTED if report.blocks else ExitStatus.OK
