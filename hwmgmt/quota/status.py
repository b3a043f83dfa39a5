"""The areas on a real file system: what they use, giving them their limits, changing one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.models.model import QuotaArea
from hwmgmt.quota.areas import AREAS, Change, alert, change, plan
from hwmgmt.quota.project import Quotas, Usage
from hwmgmt.reading import Reading, failed, known, under


@dataclass(frozen=True, slots=True)
class AreaStatus:
    """An area as it is. `alert` is the threshold reached in per cent, 0 for none."""

    area: QuotaArea
    project: int
    usage: Reading[Usage]
    alert: int
    folders: tuple[str, ...]
    uncounted: tuple[str, ...]  # folders that do not count for the project: missing, or not yet tagged


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying did: limits that were set (bytes), folders that now count, folders that are missing."""

    limits: Mapping[QuotaArea, int]
    tagged: Mapping[str, int]
    missing: tuple[str, ...]


def capacity(mount: Path) -> Reading[int]:
    """Bytes of a file system that its users can have: without what is reserved for root."""
    try:
        state = os.statvfs(mount)
    except OSError as error:
        return failed(error, mount, unit="bytes")
    return known((state.f_blocks - state.f_bfree + state.f_bavail) * state.f_frsize, "bytes")


def read_status(quotas: Quotas, root: Path = Path("/")) -> tuple[AreaStatus, ...]:
    """All areas, in their order. Never raises: a file system without quotas gives readings that say so."""
    found = []
    for area, facts in AREAS.items():
        usage = quotas.usage(facts.project)
        level = alert(usage.value.used, usage.value.limit) if usage.value else 0
        uncounted = tuple(
            folder for folder in facts.folders if quotas.tagged(under(root, folder)).value != facts.project
        )
        found.append(AreaStatus(area, facts.project, usage, level, facts.folders, uncounted))
    return tuple(found)


def apply_areas(
    quotas: Quotas, wanted: Mapping[QuotaArea, int], size: int, root: Path = Path("/"), *, reset: bool = False
) -> Applied:
    """Make the folders count for their areas, and give areas without a limit their planned one.

    Limits that are set stay, unless `reset`: they are the administrator's. Meant for each boot, before the
    mail service; the second run changes nothing. `size` is that of the file system in bytes. Raises
    `QuotaFailed`, `NoReading`, `DiskTooSmall`.
    """
    sizes = plan(wanted, size)
    limits: dict[QuotaArea, int] = {}
    tagged: dict[str, int] = {}
    absent: list[str] = []
    for area, facts in AREAS.items():
        usage = quotas.usage(facts.project).need()
        if reset or usage.limit == 0:
            quotas.limit(facts.project, sizes[area])
            limits[area] = sizes[area]
        for folder in facts.folders:
            place = under(root, folder)
            if not place.is_dir():
                absent.append(folder)
            elif quotas.tagged(place).need() != facts.project:
                tagged[folder] = quotas.tag(place, facts.project)
    return Applied(limits, tagged, tuple(absent))


def set_area(quotas: Quotas, area: QuotaArea, size: int, disk: int, *, force: bool = False) -> Change:
    """Give one area a new limit (bytes) on a file system of `disk` bytes.

    Raises what `areas.change` does, `QuotaFailed` and `NoReading`.
    """
    usages = {each: quotas.usage(facts.project).need() for each, facts in AREAS.items()}
    limits = {each: usage.limit for each, usage in usages.items()}
    decided = change(limits, usages[area].used, disk, area, size, force=force)
    quotas.limit(AREAS[area].project, size)
    return decided
