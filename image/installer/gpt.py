"""The partitions of a disk, as its GPT has them (UEFI specification 2.10, section 5.3)."""

from __future__ import annotations

import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from mailward.errors import BadInput

SECTOR = 512
MAX_ENTRIES = 1024
# signature, revision, header size, its CRC, reserved, LBAs: mine, other, first and last usable; disk GUID; entries:
# LBA, count, size, CRC.
_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
# type, own GUID, first and last LBA, flags, name in UTF-16.
_ENTRY = struct.Struct("<16s16sQQQ72s")


class BadTable(BadInput):
    key = "installer.gpt"
    sentence = "{disk} has no partition table that can be used: {problem}"
    remedy = "Give the .raw file that `mailward image build` made"


@dataclass(frozen=True, slots=True)
class Partition:
    """number: in the table, from 1. type, uuid: lower-case GUIDs. start, size: bytes."""

    number: int
    type: str
    uuid: str
    label: str
    flags: int
    start: int
    size: int


def read(disk: BinaryIO, *, name: str) -> tuple[Partition, ...]:
    """All partitions, in the order of the table. Raises `BadTable`, also when a checksum is wrong."""
    disk.seek(SECTOR)
    head = disk.read(SECTOR)
    if len(head) < SECTOR or not head.startswith(b"EFI PART"):
        raise BadTable(disk=name, problem="there is no GPT")
    fields = _HEADER.unpack_from(head)
    length, crc = fields[2], fields[3]
    place, count, size, entries_crc = fields[10:]
    blanked = head[:16] + bytes(4) + head[20 : max(length, 20)]
    if not _HEADER.size <= length <= SECTOR or zlib.crc32(blanked) != crc:
        raise BadTable(disk=name, problem="the checksum of its header is wrong")
    if size < _ENTRY.size or size > 4096 or count > MAX_ENTRIES:
        raise BadTable(disk=name, problem="its entries have a size that nobody uses")
    disk.seek(place * SECTOR)
    table = disk.read(count * size)
    if len(table) < count * size or zlib.crc32(table) != entries_crc:
        raise BadTable(disk=name, problem="the checksum of its entries is wrong")
    entries = ((n + 1, _ENTRY.unpack_from(table, n * size)) for n in range(count))
    return tuple(_partition(number, entry) for number, entry in entries if any(entry[0]))


def _partition(number: int, entry: tuple[bytes, bytes, int, int, int, bytes]) -> Partition:
    kind, own, first, last, flags, label = entry
    return Partition(
        number=number,
        type=str(uuid.UUID(bytes_le=kind)),
        uuid=str(uuid.UUID(bytes_le=own)),
        label=label.decode("utf-16-le", "replace").partition("\0")[0],
        flags=flags,
        start=first * SECTOR,
        size=(last - first + 1) * SECTOR,
    )
