"""`mailward hw quota`: areas of the disk and their limits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from hwmgmt.models.model import Model, QuotaArea
from hwmgmt.quota.areas import AREAS, BelowUse, assignable, fill, plan
from hwmgmt.quota.project import ProjectQuotas, enforcement
from hwmgmt.quota.status import (
    AreaStatus,
    capacity,
    count_folders,
    limit_areas,
    losses,
    read_limits,
    read_status,
    set_area,
)
from hwmgmt.size import format_size, parse_size
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json, print_table, to_plain

ROOT = Path("/")
MOUNT = Path("/var")


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
    if disk.value is not None and any(area.usage.ok for area in status):
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
    except BelowUse as loss:
        _accept(loss, force, as_json)
        done = set_area(quotas, QuotaArea(area), count, disk, force=True)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{AREAS[done.area].title}: {format_size(done.before)} -> {format_size(done.after)}.")
        if done.loss:
            click.echo(f"Accepted: {done.loss}.")
    return ExitStatus.OK


@quota.command()
@click.option("--model", "name", help="Take the sizes of this model instead of the detected one.")
@click.option("--reset", is_flag=True, help="Also give areas whose limit was changed the model's again.")
@click.option(
    "--force", is_flag=True, help="With --reset: lower areas below their use, and lose what is said."
)
@json_option
def apply(name: str | None, reset: bool, force: bool, as_json: bool) -> int:
    """Give areas without a limit the model's, and make the folders count for their areas.

    Runs at each boot, before the mail service; a second run changes nothing. A machine that is no model of the
    catalogue gets the smallest areas. The exit status is 3 on a model that is not supported.

    \b
    Examples:
      mailward hw quota apply
      mailward hw quota apply --reset --model C300V
    """
    quotas, disk = ProjectQuotas(MOUNT), capacity(MOUNT).need()
    limits = read_limits(quotas)
    model, notes = _model(name) if name or reset or not all(limits.values()) else (None, [])
    sizes: dict[QuotaArea, int] = {}
    if model:
        sizes = plan(model.quota_bytes, disk) if reset else fill(model.quota_bytes, limits, disk)
        notes += _cut_note(model, sizes, disk)
    for loss in losses(quotas, sizes):
        if reset:
            _accept(loss, force, as_json)
        notes.append(f"{loss}.")
    limit_areas(quotas, sizes)
    counted = count_folders(quotas, ROOT)
    if as_json:
        of_model = {"model": model.name if model else None, "limits": sizes}
        print_json({**of_model, **to_plain(counted), "notes": notes})
        return ExitStatus.OK
    for note in notes:
        click.echo(note)
    for area, size in sizes.items():
        click.echo(f"{AREAS[area].title}: {format_size(size)}.")
    for folder, count in counted.tagged.items():
        click.echo(f"{folder}: {count} files and folders now count.")
    for folder in counted.missing:
        click.echo(f"{folder}: not there.")
    if not (sizes or counted.tagged or counted.missing):
        click.echo("Nothing to do.")
    return ExitStatus.OK


def _accept(loss: BelowUse, force: bool, as_json: bool) -> None:
    """Go on if the loss was accepted, or is now on the terminal. Raises `loss`, click.Abort."""
    if force:
        return
    if as_json or not _can_ask():
        raise loss
    click.confirm(f"{loss}. Do it?", abort=True)


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _model(name: str | None) -> tuple[Model, list[str]]:
    """The model named, or detected, and what to say about the choice.

    Of siblings that cannot be told apart the one with the smallest areas; of all models that, if none fits: limits
    that are too small are better than none. Raises `UnknownModel`, `UnsupportedModel`.
    """
    # Later boots, on which every area has its limit, need neither the catalogue nor detection.
    from hwmgmt.models.catalogue import catalogue
    from hwmgmt.models.detect import detect

    models = catalogue()
    if name:
        return models.get(name), []
    answer = detect(ROOT, models)
    candidates = [models.get(candidate) for candidate in answer.candidates]
    among = [model for model in candidates if model.supported] or candidates or models.supported()
    chosen = min(among, key=lambda model: (sum(model.quota_bytes.values()), model.name))
    if answer.model:
        return chosen, []
    reason = answer.why.partition(";")[0]
    return chosen, [f"The areas are those of {chosen.name}, the smallest: {reason}. {answer.advice}."]


def _cut_note(model: Model, sizes: Mapping[QuotaArea, int], disk: int) -> list[str]:
    """What to say if the disk cannot hold the model's mail queue."""
    queue, wanted = sizes.get(QuotaArea.MAIL_QUEUE), model.quota_bytes[QuotaArea.MAIL_QUEUE]
    if queue is None or queue >= wanted:
        return []
    return [
        f"{MOUNT} has {format_size(disk)}, too little for the mail queue of a {model.name} ({format_size(wanted)}). "
        f"Give the machine a disk of at least {format_size(model.min_disk_bytes)}, then run "
        "`mailward hw quota apply --reset`."
    ]
