"""The disk's partition table, read from the disk itself: no cache between what was written and what is believed.

UEFI 2.10 section 5.3: header in LBA 1, and again in the last one; entries where it says. Checksums are checked.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from mailward.errors import Failed

SECTOR = 512
# UAPI.2, Discoverable Partitions Specification, for x86-64.
ROOT = UUID("4f68bce3-e8cd-4db1-96e7-fbcaf984b709")
ROOT_VERITY = UUID("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5")
ESP = UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")

MAX_ENTRIES = 1024

_HEADER = struct.Struct("<8s4sIIIQQQQ16sQIII")


class BadTable(Failed):
    key = "upgrade.slot.table"
    sentence = "the partition table of {disk} cannot be read: {problem}"
    remedy = "The disk may be failing: see `mailward hw disks`. Nothing is installed on it as it is"


@dataclass(frozen=True, slots=True)
class Partition:
    """`number` is from 1, `start` and `size` are bytes."""

    number: int
    kind: UUID
    uuid: UUID
    label: str
    start: int
    size: int


def parse(read: Callable[[int, int], bytes], sectors: int, disk: str = "the disk") -> tuple[Partition, ...]:
    """The partitions, by number. `read` answers some bytes from an offset; the disk has this many `sectors`.

    A power cut while the first table is written leaves it damaged: then the second, in the last sectors, counts, for
    the firmware and the kernel as for us. Raises `BadTable`.
    """
    try:
        return _table(read, 1, disk)
    except BadTable:
        return _table(read, sectors - 1, disk)


def _table(read: Callable[[int, int], bytes], at: int, disk: str) -> tuple[Partition, ...]:
    header = read(at * SECTOR, SECTOR)
    if len(header) < SECTOR:
        raise BadTable(disk=disk, problem="it is too short")
    signature, _revision, length, crc, _zero, own, *_lbas, entries_at, count, width, entries_crc = (
        _HEADER.unpack_from(header)
    )
    if signature != b"EFI PART" or not _HEADER.size <= length <= SECTOR:
        raise BadTable(disk=disk, problem="there is no GPT")
    if zlib.crc32(header[:16] + bytes(4) + header[20:length]) != crc or own != at:
        raise BadTable(disk=disk, problem="the checksum of its header is wrong")
    if not 128 <= width <= SECTOR or count > MAX_ENTRIES:
        raise BadTable(disk=disk, problem="it has more entries than any disk of ours")
    entries = read(entries_at * SECTOR, count * width)
    if len(entries) != count * width or zlib.crc32(entries) != entries_crc:
        raise BadTable(disk=disk, problem="the checksum of its entries is wrong")
    each = (entries[number * width : (number + 1) * width] for number in range(count))
    return tuple(_partition(number, entry) for number, entry in enumerate(each, 1) if any(entry[:16]))


def _partition(number: int, entry: bytes) -> Partition:
    first, last = struct.unpack_from("<QQ", entry, 32)
    return Partition(
        number,
        UUID(bytes_le=entry[:16]),
        UUID(bytes_le=entry[16:32]),
        entry[56:128].decode("utf-16-le", "replace").partition("\0")[0],
        first * SECTOR,
        (last - first + 1) * SECTOR,
    )
