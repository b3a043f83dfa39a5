"""The 2 TB guard: one function, one verdict per disk (H5, U7).

2^32 sectors of 512 bytes are 2,199,023,255,552 bytes: a DOS partition table, SCSI READ CAPACITY(10) and the
virtual disks of older hypervisors end there. All is counted in bytes; `qemu-img info`, for one, calls 2049
GiB "2 TiB".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hwmgmt.disks.block import Disk
from hwmgmt.disks.table import TableType
from hwmgmt.models.hypervisor import Hypervisor
from hwmgmt.reading import Reading, under
from hwmgmt.size import GIB, TIB, format_size

SECTORS = 2**32
LIMIT_BYTES = SECTORS * 512

# U7. The release notes say "2 TB"; it is 2 TiB.
SENTENCE = (
    "More than 2 TB of disk is not supported by a release deployed this way, and an upgrade does not change "
    "that: to use more, deploy a new instance of the new release and load the saved configuration there. "
    "Existing licences stay as they are"
)


class Firmware(StrEnum):
    EFI = "efi"
    BIOS = "bios"


class LimitState(StrEnum):
    WITHIN = "within"
    ADDRESSABLE = "addressable"  # larger, and this instance can use it all
    OVER = "over"  # larger, and it cannot: U7


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The largest virtual disk of a hypervisor in bytes; `older` is that of its older releases or formats."""

    newest: int | None
    older: int | None
    note: str


# Limits of virtual disk formats, from their specifications and vendors' configuration maximums.
CEILINGS: dict[Hypervisor, Ceiling] = {
    Hypervisor.VMWARE: Ceiling(
        62 * TIB, LIMIT_BYTES - 512, "62 TiB on VMFS 5 or later from ESXi 5.5, 2 TiB less 512 bytes before"
    ),
    Hypervisor.HYPERV: Ceiling(64 * TIB, 2040 * GIB, "64 TiB as VHDX, 2040 GiB as VHD"),
    Hypervisor.KVM: Ceiling(None, None, "qcow2 and raw have no limit that matters here"),
    Hypervisor.XEN: Ceiling(None, 2040 * GIB, "2040 GiB as VHD, more as a raw volume"),
    Hypervisor.VIRTUALBOX: Ceiling(
        None, LIMIT_BYTES, "VDI has no limit that matters here, VMDK and VHD 2 TiB"
    ),
}


@dataclass(frozen=True, slots=True)
class Host:
    """What the judgement needs besides the disk.

    Attributes:
        firmware: what booted this system.
        hypervisor: what may limit a virtual disk; no value if it is not known.
        release_limited: the running release is one that does not support more than 2 TB, whatever the disk's
            table; the upgrade knows that from its catalogue.
    """

    firmware: Firmware
    hypervisor: Reading[Hypervisor]
    release_limited: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """About one disk.

    Attributes:
        over_limit: it has more than 2^32 x 512 bytes.
        blocks: an upgrade is refused on it.
        because: what decided. `advice`: what to do, empty if nothing. `ceiling`: what the hypervisor allows.
    """

    disk: str
    size: int | None
    state: LimitState
    over_limit: bool
    blocks: bool
    because: str
    advice: str
    ceiling: str


def read_firmware(root: Path) -> Firmware:
    """The kernel has /sys/firmware/efi when EFI booted it."""
    return Firmware.EFI if under(root, "sys/firmware/efi").is_dir() else Firmware.BIOS


def judge(disk: Disk, host: Host) -> Verdict:
    """Judge one disk. A size that cannot be read blocks: the guard does not guess (fail closed)."""
    ceiling = _ceiling(disk, host.hypervisor)
    size = disk.size.value
    if size is None:
        because = f"its size could not be read ({disk.size.reason}: {disk.size.detail})"
        return Verdict(
            disk.name, None, LimitState.OVER, False, True, because, "See to the disk first", ceiling
        )
    if size <= LIMIT_BYTES:
        because = f"{size:,} bytes of at most {LIMIT_BYTES:,}"
        return Verdict(disk.name, size, LimitState.WITHIN, False, False, because, "", ceiling)
    obstacles = _obstacles(disk, size, host)
    if not obstacles:
        because = f"{size:,} bytes, addressed by GPT with {disk.logical_block}"
        return Verdict(disk.name, size, LimitState.ADDRESSABLE, True, False, because, "", ceiling)
    because = f"{size:,} bytes, {size - LIMIT_BYTES:,} over the limit: {'; '.join(obstacles)}"
    return Verdict(disk.name, size, LimitState.OVER, True, True, because, SENTENCE, ceiling)


def _obstacles(disk: Disk, size: int, host: Host) -> list[str]:
    """Why an instance cannot use a disk beyond the limit; empty if it can."""
    found = ["the running release does not support it"] if host.release_limited else []
    match disk.table.value:
        case TableType.GPT:
            pass
        case TableType.DOS:
            block = disk.logical_block.otherwise(512)
            reach = SECTORS * block
            # On 4Kn disks an MBR reaches 16 TiB, but nothing boots from one there.
            if size > reach or disk.system:
                found.append(f"its DOS partition table ends at {format_size(reach)} ({block}-byte blocks)")
        case None:
            found.append(f"its partition table could not be read ({disk.table.reason})")
        case other:
            found.append(f"it has no GPT partition table ({other})")
    if disk.system and host.firmware is Firmware.BIOS:
        found.append("the system was booted by BIOS, which cannot boot from beyond 2 TiB")
    return found


def _ceiling(disk: Disk, hypervisor: Reading[Hypervisor]) -> str:
    """What the hypervisor could allow, for who wants to grow the disk."""
    if hypervisor.value in (None, Hypervisor.NONE):
        return ""
    limits = CEILINGS.get(hypervisor.value)
    if limits is None:
        return f"{hypervisor.value}: not known"
    at_end = limits.older is not None and limits.older - GIB <= disk.size.otherwise(0) <= limits.older
    return f"{hypervisor.value}: {limits.note}" + (
        "; this disk is as large as the older limit" if at_end else ""
    )


def judge_all(disks: Iterable[Disk], host: Host) -> tuple[Verdict, ...]:
    """Judge the disks that are built in; a USB stick someone plugged in does not stop an upgrade."""
    return tuple(judge(disk, host) for disk in disks if disk.system or not disk.removable.otherwise(False))
