"""The disks of the machine, and what speaks against each (U7). Pure: what lsblk says comes in as its JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hwmgmt.size import format_size
from image.limit import LIMIT_BYTES

COLUMNS = "NAME,PATH,TYPE,SIZE,MODEL,SERIAL,WWN,TRAN,RM,RO,LOG-SEC,FSTYPE,LABEL,PARTLABEL,MOUNTPOINTS"
VAR_LABEL = "mailward-var"
SECTOR = 512


@dataclass(frozen=True, slots=True)
class Area:
    """Something on a disk that would be lost: a partition, or what lies on one (RAID, volumes, encryption)."""

    name: str
    size: int
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Disk:
    """size: bytes. sector: logical block. transport: such as sata or usb, or empty. signature: of a file system without
    partitions.
    """

    name: str
    path: str
    size: int
    model: str
    serial: str
    wwn: str
    transport: str
    removable: bool
    read_only: bool
    sector: int
    signature: str
    areas: tuple[Area, ...]
    mounted: tuple[str, ...] = ()

    @property
    def has_installation(self) -> bool:
        return any(area.label == VAR_LABEL for area in self.areas)

    def line(self) -> str:
        """For a list of disks."""
        words = [format_size(self.size), self.transport, self.model, f"serial {self.serial or 'not known'}"]
        return f"{self.name:<9}" + "  ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a disk is not used, and what to do about it."""

    problem: str
    advice: str


@dataclass(frozen=True, slots=True)
class Needs:
    """smallest: bytes. whose: what it is the need of. virtual: the 2 TB limit counts. medium: the disk to keep off."""

    smallest: int
    whose: str
    virtual: bool
    medium: str


def parse(document: str) -> tuple[Disk, ...]:
    """The disks in what `lsblk --json --bytes --output COLUMNS` printed. Raises ValueError."""
    listed = json.loads(document)["blockdevices"]
    return tuple(_disk(item) for item in listed if item["type"] == "disk" and item["size"])


def _disk(item: dict[str, Any]) -> Disk:
    below = list(_below(item))
    return Disk(
        name=item["name"],
        path=item["path"],
        size=int(item["size"]),
        model=_text(item["model"]),
        serial=_text(item["serial"]),
        wwn=_text(item["wwn"]),
        transport=_text(item["tran"]),
        removable=bool(item["rm"]),
        read_only=bool(item["ro"]),
        sector=int(item["log-sec"]),
        signature=_text(item["fstype"]),
        areas=tuple(
            Area(b["name"], int(b["size"]), _text(b["fstype"]), _text(b["partlabel"]) or _text(b["label"]))
            for b in below
        ),
        mounted=tuple(place for b in [item, *below] for place in b["mountpoints"] or () if place),
    )


def _below(item: dict[str, Any]) -> list[dict[str, Any]]:
    children = item.get("children", [])
    return [deep for child in children for deep in (child, *_below(child))]


def _text(value: str | None) -> str:
    """Makers pad with blanks, and what a device calls itself must not move anybody's cursor."""
    return "".join(letter for letter in (value or "").strip() if letter.isprintable())


def objection(disk: Disk, needs: Needs) -> Objection | None:
    """The first thing that speaks against a disk; None if nothing does."""
    if disk.path == needs.medium:
        return Objection("it is the medium that this was started from", "Choose another disk")
    if disk.mounted:
        return Objection("it is in use", "Choose another disk")
    if disk.read_only:
        return Objection("it cannot be written to", "Take the write protection off, or choose another disk")
    if disk.removable:
        return Objection("it is removable", "Choose a disk that stays in the machine")
    if disk.sector != SECTOR:
        return Objection(
            f"it has sectors of {disk.sector} bytes, and the image is for {SECTOR}",
            f"Let the controller present sectors of {SECTOR} bytes (512e), or choose another disk",
        )
    if disk.size < needs.smallest:
        has, least = _apart(disk.size, needs.smallest)
        return Objection(
            f"it is too small: it has {has}, and {needs.whose} needs at least {least}",
            "Use a larger disk; on a hypervisor, enlarge the virtual disk",
        )
    if needs.virtual and disk.size > LIMIT_BYTES:
        return Objection(
            f"it has {format_size(disk.size)}, and a virtual model uses at most {format_size(LIMIT_BYTES)} (2 TB)",
            "Give the virtual machine a smaller disk",
        )
    return None


def _apart(one: int, other: int) -> tuple[str, str]:
    """Two sizes in words that differ, as the sizes do."""
    words = format_size(one), format_size(other)
    return words if words[0] != words[1] else (f"{one:,} bytes", f"{other:,} bytes")


def named(disks: Sequence[Disk], serial: str) -> list[Disk]:
    """The disks whose serial number or WWN is exactly `serial`."""
    return [disk for disk in disks if serial in (disk.serial, disk.wwn)]


def losses(disk: Disk) -> list[str]:
    """A line for each thing that erasing the disk takes away."""
    lines = [
        f"{area.name:<12}{format_size(area.size):>10}  {area.kind or 'not known':<12}{area.label}".rstrip()
        for area in disk.areas
    ]
    if disk.signature and not disk.areas:
        lines.append(f"{disk.name:<12}{format_size(disk.size):>10}  {disk.signature}")
    return lines
