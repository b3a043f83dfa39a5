"""Where two files that should be the same begin to differ, in words of what is in them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from image.diff.disk import partitions

BLOCK = 1 << 20
# PE: offset of the header at 0x3c; in it the number of sections at 6 and the size of the optional header at 20.
_PE_OFFSET = 0x3C
_PE = struct.Struct("<4sHH12xH2x")
# Section: name, size in memory, address, size in the file, offset in the file.
_SECTION = struct.Struct("<8sIIII16x")


@dataclass(frozen=True, slots=True)
class Place:
    """offset: of the first byte that differs. where: what lies there. differing: bytes that differ in all."""

    offset: int
    where: str
    differing: int


def first_difference(one: Path, other: Path) -> Place | None:
    """None if they are the same bytes. A file that goes on where the other ends differs from there on."""
    offset, differing = -1, 0
    with one.open("rb") as left, other.open("rb") as right:
        at = 0
        while True:
            a, b = left.read(BLOCK), right.read(BLOCK)
            if not a and not b:
                break
            if a != b:
                if offset < 0:
                    common = zip(a, b, strict=False)
                    offset = at + next((n for n, (x, y) in enumerate(common) if x != y), min(len(a), len(b)))
                differing += sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))
            at += max(len(a), len(b))
        if offset < 0:
            return None
        return Place(offset, where(left, offset), differing)


def where(file: BinaryIO, offset: int) -> str:
    """What lies at `offset` of this file, as far as its kind is known."""
    for name in (_of_disk, _of_pe, _of_text):
        if words := name(file, offset):
            return words
    return f"byte {offset:,}"


def _of_disk(file: BinaryIO, offset: int) -> str:
    table = partitions(file)
    if not table:
        return ""
    for partition in table:
        if partition.start <= offset < partition.start + partition.size:
            return f"byte {offset - partition.start:,} of partition {partition.label}"
    return (
        f"byte {offset:,}, in the partition table"
        if offset < table[0].start
        else f"byte {offset:,}, behind the partitions"
    )


def _of_pe(file: BinaryIO, offset: int) -> str:
    file.seek(0)
    head = file.read(_PE_OFFSET + 4)
    if not head.startswith(b"MZ") or len(head) < _PE_OFFSET + 4:
        return ""
    (start,) = struct.unpack_from("<I", head, _PE_OFFSET)
    file.seek(start)
    pe = file.read(_PE.size)
    if len(pe) < _PE.size or not pe.startswith(b"PE\0\0"):
        return ""
    _, _, count, optional = _PE.unpack(pe)
    file.seek(start + 24 + optional)
    sections = file.read(count * _SECTION.size)
    for place in range(0, len(sections) - _SECTION.size + 1, _SECTION.size):
        name, _, _, size, begin = _SECTION.unpack_from(sections, place)
        if begin <= offset < begin + size:
            return f"byte {offset - begin:,} of section {name.rstrip(bytes(1)).decode('ascii', 'replace')}"
    return f"byte {offset:,}, in the headers of a PE file"


def _of_text(file: BinaryIO, offset: int) -> str:
    file.seek(0)
    if offset > 1 << 26 or b"\0" in (before := file.read(offset)):
        return ""
    rest = file.read(200).partition(b"\n")[0]
    line = (before.rpartition(b"\n")[2] + rest).decode("utf-8", "replace").strip()
    return f"line {before.count(bytes([10])) + 1}: {line[:120]}"
