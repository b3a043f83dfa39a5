"""`mailward hw quota`: areas of the disk and their limits."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.detect import detect
from hwmgmt.models.model import Model, QuotaArea
from hwmgmt.quota.areas import AREAS, assignable
from hwmgmt.quota.project import ProjectQuotas, enforcement
from hwmgmt.quota.status import AreaStatus, apply_areas, capacity, read_status, set_area
from hwmgmt.size import format_size, parse_size
from mailward.errors import ExitStatus, Rejected
from mailward.output import json_option, print_json, print_table

ROOT = Path("/")
MOUNT = Path("/var")


class WhichModel(Rejected):
    """The areas have their sizes from the model."""

    key = "hw.quota.which-model"
    sentence = "the model of this machine is not known ({why})"
    remedy = "{advice}, or name it with --model"


@click.group()
def quota() -> None:
    """Areas of the disk: mail queue, quarantines, reporting, tracking, miscellaneous.

    \b
    Examples:
      mailward hw quota show                    limits, use and alerts
      mailward hw quota set tracking "80 GiB"   change one
      mailward hw quota apply                   give all areas their limits (each boot does)
    """


@quota.command()
@json_option
def show(as_json: bool) -> int:
    """Limits and use of the areas, with alerts at 75, 85 and 95 %.

    \b
    Examples:
      mailward hw quota show
      mailward hw quota show --json
    """
    status = read_status(ProjectQuotas(MOUNT), ROOT)
    holds = enforcement(ROOT, MOUNT)
    disk = capacity(MOUNT)
    if as_json:
        print_json({"mount": MOUNT, "enforcement": holds, "capacity": disk, "areas": status})
        return ExitStatus.OK
    print_table(("area", "limit", "used", "in use", "alert", "files"), map(_row, status))
    given = sum(area.usage.value.limit for area in status if area.usage.value)
    if disk.value is not None:
        free = assignable(disk.value) - given
        click.echo(
            f"{MOUNT} has {format_size(disk.value)}; {format_size(free)} can still be given to an area."
        )
    click.echo(f"Limits are {holds.value}." if holds.value else holds.detail + ".")
    for detail in sorted({area.usage.detail for area in status if not area.usage.ok}):
        click.echo(detail)
    for area in status:
        if area.uncounted and area.usage.ok:
            click.echo(f"Not counted for {area.area}: {', '.join(area.uncounted)} (run `hw quota apply`).")
    return ExitStatus.OK


def _row(area: AreaStatus) -> tuple[object, ...]:
    usage = area.usage.value
    if usage is None:
        return (area.area, str(area.usage), "", "", "", "")
    share = f"{usage.used * 100 / usage.limit:.0f} %" if usage.limit else ""
    limit = format_size(usage.limit) if usage.limit else "none"
    word = f"over {area.alert} %" if area.alert else ""
    return (area.area, limit, format_size(usage.used), share, word, usage.files)


@quota.command("set")
@click.argument("area", type=click.Choice([area.value for area in QuotaArea]))
@click.argument("size")
@click.option("--force", is_flag=True, help="Lower it below its use, and lose what is said.")
@json_option
def set_(area: str, size: str, force: bool, as_json: bool) -> int:
    """Give AREA a limit of SIZE, e.g. "80 GiB".

    The areas together never exceed the disk. Lowering one below its use says what would be lost, and asks;
    without a terminal it needs --force. The exit status is 3 if it is refused.

    \b
    Examples:
      mailward hw quota set tracking "80 GiB"
      mailward hw quota set reporting 10GiB --force
    """
    try:
        count = parse_size(size)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="SIZE") from error
    quotas, disk = ProjectQuotas(MOUNT), capacity(MOUNT).need()
    try:
        done = set_area(quotas, QuotaArea(area), count, disk, force=force)
    except Rejected as refusal:
        if refusal.key != "hw.quota.below-use" or as_json or not _can_ask():
            raise
        click.confirm(f"{refusal}. Do it?", abort=True)
        done = set_area(quotas, QuotaArea(area), count, disk, force=True)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{AREAS[done.area].title}: {format_size(done.before)} -> {format_size(done.after)}.")
        if done.loss:
            click.echo(f"Accepted: {done.loss}.")
    return ExitStatus.OK


def _can_ask() -> bool:
    return sys.stdin.isatty()


@quota.command()
@click.option("--model", "name", help="Take the sizes of this model instead of the detected one.")
@click.option("--reset", is_flag=True, help="Also give areas whose limit was changed the model's again.")
@json_option
def apply(name: str | None, reset: bool, as_json: bool) -> int:
    """Make the folders count for their areas, and give areas without a limit the model's.

    Runs at each boot, before the mail service; a second run changes nothing.

    \b
    Examples:
      mailward hw quota apply
      mailward hw quota apply --reset --model C300V
    """
    model = _model(name)
    disk = capacity(MOUNT).need()
    done = apply_areas(ProjectQuotas(MOUNT), model.quota_bytes, disk, ROOT, reset=reset)
    if as_json:
        print_json(
            {"model": model.name, **{key: getattr(done, key) for key in ("limits", "tagged", "missing")}}
        )
        return ExitStatus.OK
    for area, size in done.limits.items():
        click.echo(f"{AREAS[area].title}: {format_size(size)}.")
    for folder, count in done.tagged.items():
        click.echo(f"{folder}: {count} files and folders now count.")
    for folder in done.missing:
        click.echo(f"{folder}: not there.")
    if not (done.limits or done.tagged or done.missing):
        click.echo("Nothing to do.")
    return ExitStatus.OK


def _model(name: str | None) -> Model:
    """The model named, or detected; of siblings that cannot be told apart the one with the smallest areas."""
    if name:
        return catalogue().get(name)
    answer = detect(ROOT)
    candidates = [model for model in map(catalogue().get, answer.candidates) if model.supported]
    if not candidates:
        raise WhichModel(why=answer.why, advice=answer.advice)
    return min(candidates, key=lambda model: (sum(model.quota_bytes.values()), model.name))
