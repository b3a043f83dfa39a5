"""The areas on a real file system: what they use, giving them their limits, changing one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.models.model import QuotaArea
from hwmgmt.quota.areas import AREAS, BelowUse, Change, alert, below_use, change
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
class Counted:
    """Folders that count from now on, with how many files and folders that are; folders that are missing."""

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


def count_folders(quotas: Quotas, root: Path = Path("/")) -> Counted:
    """Make the folders count for their areas; a second run changes nothing.

    Raises `QuotaFailed` and `NoReading`.
    """
    tagged: dict[str, int] = {}
    absent: list[str] = []
    for facts in AREAS.values():
        for folder in facts.folders:
            place = under(root, folder)
            if not place.is_dir():
                absent.append(folder)
            elif quotas.tagged(place).need() != facts.project:
                tagged[folder] = quotas.tag(place, facts.project)
    return Counted(tagged, tuple(absent))


def read_limits(quotas: Quotas) -> dict[QuotaArea, int]:
    """The areas' limits in bytes, 0 for none. Raises `NoReading`."""
    return {area: quotas.usage(facts.project).need().limit for area, facts in AREAS.items()}


def losses(quotas: Quotas, sizes: Mapping[QuotaArea, int]) -> Iterator[BelowUse]:
    """What these limits (bytes) would cost, an area each. Raises `NoReading`."""
    for area, size in sizes.items():
        if loss := below_use(area, quotas.usage(AREAS[area].project).need().used, size):
            yield loss


def limit_areas(quotas: Quotas, sizes: Mapping[QuotaArea, int]) -> None:
    """Give areas their limits in bytes, which `areas.plan` made. Raises `QuotaFailed`."""
    for area, size in sizes.items():
        quotas.limit(AREAS[area].project, size)


def set_area(quotas: Quotas, area: QuotaArea, size: int, disk: int, *, force: bool = False) -> Change:
    """Give one area a new limit (bytes) on a file system of `disk` bytes.

    Raises what `areas.change` does, `QuotaFailed` and `NoReading`.
    """
    used = quotas.usage(AREAS[area].project).need().used
    decided = change(read_limits(quotas), used, disk, area, size, force=force)
    quotas.limit(AREAS[area].project, size)
    return decided
