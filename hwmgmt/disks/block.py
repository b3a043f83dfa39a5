"""Block devices: what is there, which of them carry the system, and what comes and goes.

Names and figures come from sysfs below a root that is handed in; udev's properties (partition table, bus,
serial number) come from pyudev, and without udevd the partition table is read from the disk itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pyudev

from hwmgmt.disks.table import TableType, read_table
from hwmgmt.reading import (
    Reading,
    Reason,
    known,
    list_names,
    missing,
    read_flag,
    read_int,
    read_text,
    under,
)

# sysfs gives sizes in these whatever the disk's own blocks are (Documentation/ABI/stable/sysfs-block).
SYSFS_SECTOR = 512

# Not disks a mail gateway keeps data on.
_SKIPPED = ("loop", "ram", "zram", "sr", "fd", "dm-", "nbd")

Properties = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Disk:
    """A whole disk or md array.

    Attributes:
        size: bytes.
        logical_block: bytes per block as the disk is addressed, 512 or 4096.
        table: its partition table.
        bus: how it is attached, as udev says (ata, scsi, usb, nvme …).
        system: `/` or `/var` is on it.
    """

    name: str
    size: Reading[int]
    logical_block: Reading[int]
    table: Reading[TableType]
    model: Reading[str]
    serial: Reading[str]
    bus: Reading[str]
    rotational: Reading[bool]
    removable: Reading[bool]
    partitions: tuple[str, ...] = ()
    system: bool = False

    @property
    def node(self) -> str:
        return f"/dev/{self.name.replace('!', '/')}"


class Action(StrEnum):
    """What happened to a disk; other uevents count as a change."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class DiskEvent:
    action: Action
    name: str
    properties: Properties = field(default_factory=dict, compare=False)


def list_disks(root: Path, udev: Mapping[str, Properties] | None = None) -> Reading[tuple[Disk, ...]]:
    """All disks that hold something, by name. `udev` has udev's properties per name (see `udev_properties`).

    A disk that goes away in between keeps its place, with absent readings.
    """
    names = list_names(root, "sys/block")
    if names.value is None:
        return missing(names.reason, names.detail)
    carriers = system_disks(root)
    disks = (_disk(root, name, (udev or {}).get(name, {}), name in carriers) for name in names.value)
    # A slot without a card or a drive without a medium has size 0.
    return known(tuple(disk for disk in disks if disk.size.value != 0 and not disk.name.startswith(_SKIPPED)))


def _disk(root: Path, name: str, properties: Properties, system: bool) -> Disk:
    place = f"sys/block/{name}"
    parts = list_names(root, place).otherwise(())
    logical = read_int(root, f"{place}/queue/logical_block_size", "bytes")
    disk = Disk(
        name=name,
        size=read_int(root, f"{place}/size").map(lambda sectors: sectors * SYSFS_SECTOR, unit="bytes"),
        logical_block=logical,
        table=_table(root, name, properties, logical.otherwise(SYSFS_SECTOR)),
        model=_property(properties, "ID_MODEL", read_text(root, f"{place}/device/model")),
        serial=_property(properties, "ID_SERIAL_SHORT", _serial(root, place)),
        bus=_property(properties, "ID_BUS", missing(Reason.ABSENT, "no udev property ID_BUS")),
        rotational=read_flag(root, f"{place}/queue/rotational"),
        removable=read_flag(root, f"{place}/removable"),
        partitions=tuple(part for part in parts if under(root, f"{place}/{part}/partition").exists()),
        system=system,
    )
    return disk


def _serial(root: Path, place: str) -> Reading[str]:
    """NVMe has it at the controller, virtio at the disk."""
    at_device = read_text(root, f"{place}/device/serial")
    return at_device if at_device.ok else read_text(root, f"{place}/serial")


def _property(properties: Properties, name: str, otherwise: Reading[str]) -> Reading[str]:
    text = properties.get(name, "").strip()
    return known(text, detail=f"udev {name}") if text else otherwise


def _table(root: Path, name: str, properties: Properties, logical: int) -> Reading[TableType]:
    # udev leaves the property out where there is no table, and also where it has not looked.
    if text := properties.get("ID_PART_TABLE_TYPE", ""):
        try:
            return known(TableType(text), detail="udev ID_PART_TABLE_TYPE")
        except ValueError:
            return known(TableType.OTHER, detail=f"udev ID_PART_TABLE_TYPE {text}")
    return read_table(under(root, f"dev/{name.replace('!', '/')}"), logical)


def system_disks(root: Path) -> frozenset[str]:
    """Names of the disks that `/` and `/var` are on, through device-mapper and md down to the disks."""
    text = read_text(root, "proc/self/mountinfo", limit=1 << 20).otherwise("")
    found: set[str] = set()
    for device in mounted_on(text, ("/", "/var")):
        found |= _carriers(root, under(root, f"sys/dev/block/{device}"), depth=8)
    return frozenset(found)


def mounted_on(mountinfo: str, places: tuple[str, ...]) -> tuple[str, ...]:
    """`major:minor` of what is mounted on `places` (proc_pid_mountinfo(5)); senseless lines are skipped."""
    fields = (line.split(" ") for line in mountinfo.splitlines())
    return tuple(words[2] for words in fields if len(words) > 5 and words[4] in places and ":" in words[2])


def _carriers(root: Path, device: Path, *, depth: int) -> set[str]:
    """Disks below a block device's folder in sysfs. A loop of slaves, which cannot be, ends at `depth`."""
    try:
        folder = device.resolve(strict=True)
    except (OSError, RuntimeError):
        return set()
    slaves = list_names(folder, "slaves").otherwise(())
    if slaves and depth:
        down = (_carriers(root, folder / "slaves" / name, depth=depth - 1) for name in slaves)
        return {folder.name, *(name for names in down for name in names)}
    return {folder.parent.name if (folder / "partition").exists() else folder.name}


def udev_properties(context: pyudev.Context | None = None) -> dict[str, dict[str, str]]:
    """udev's properties of each disk by its name in sysfs; without udevd only those the kernel gives."""
    devices = (context or pyudev.Context()).list_devices(subsystem="block", DEVTYPE="disk")
    return {str(device.sys_name): dict(device.properties) for device in devices}


def watch(
    context: pyudev.Context | None = None, *, root: Path = Path("/"), quiet: float | None = None
) -> Iterator[DiskEvent]:
    """Disks as they come, go and change; ends when nothing has happened for `quiet` seconds (None: never).

    Events come from udevd once it has looked at the device, or from the kernel where no udevd runs.
    """
    source = "udev" if under(root, "run/udev/control").exists() else "kernel"
    monitor = pyudev.Monitor.from_netlink(context or pyudev.Context(), source=source)
    monitor.filter_by("block", "disk")
    monitor.start()
    heard = time.monotonic()
    while True:
        device = monitor.poll(timeout=quiet)
        if device is None:
            # libudev also answers nothing for a message it filtered out, long before the time is up.
            if quiet is not None and time.monotonic() - heard >= quiet:
                return
            continue
        heard = time.monotonic()
        try:
            action = Action(device.action)
        except ValueError:
            action = Action.CHANGE
        yield DiskEvent(action, str(device.sys_name), dict(device.properties))
