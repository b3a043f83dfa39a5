"""The partitions of a disk image (GPT, UEFI 2.10 section 5.3), and the root file system out of one."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from image import manifest
from mailward.errors import BadInput
from mailward.version import Version

SECTOR = 512
SIGNATURE = b"EFI PART"
# Header: signature at 0, LBA of the entries at 72, their number at 80, their size at 84.
_HEADER = struct.Struct("<8s64xQII")
# Entry: type and own GUID, first and last LBA, attributes, name in UTF-16.
_ENTRY = struct.Struct("<16s16sQQQ72s")
_MOST_ENTRIES = 1024


class NoRoot(BadInput):
    key = "image.diff.no-root"
    sentence = "{file} has no root file system of an appliance (erofs)"
    remedy = "Give the .raw or .root.raw file of a build"


@dataclass(frozen=True, slots=True)
class Partition:
    """start and size in bytes."""

    label: str
    start: int
    size: int


def partitions(file: BinaryIO) -> list[Partition]:
    """Those that the primary table lists, by their place on the disk; none if there is no such table."""
    file.seek(SECTOR)
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size or not head.startswith(SIGNATURE):
        return []
    _, at, count, size = _HEADER.unpack(head)
    if not (_ENTRY.size <= size <= 4096 and count <= _MOST_ENTRIES and at < 1 << 40):
        return []
    file.seek(at * SECTOR)
    return sorted(_entries(file.read(count * size), size), key=lambda item: item.start)


def _entries(table: bytes, size: int) -> Iterator[Partition]:
    for place in range(0, len(table) - size + 1, size):
        kind, _, first, last, _, name = _ENTRY.unpack_from(table, place)
        if any(kind) and first <= last < 1 << 50:
            label = name.decode("utf-16-le", "replace").partition("\0")[0]
            yield Partition(label, first * SECTOR, (last - first + 1) * SECTOR)


def root_of(path: Path, folder: Path) -> tuple[Path, str]:
    """The root file system of a disk or root image, as a file of its own, and the version its partition names.

    Out of a disk image it is copied into `folder`. The first slot with an erofs counts. Raises `NoRoot`.
    """
    if manifest.erofs_bytes(path):
        return path, ""
    with path.open("rb") as file:
        for partition in partitions(file):
            if partition.label.startswith(Version.LABEL_PREFIX):
                copy = folder / "root.raw"
                _copy(file, partition, copy)
                if manifest.erofs_bytes(copy):
                    return copy, partition.label.removeprefix(Version.LABEL_PREFIX)
    raise NoRoot(file=path)


def _copy(file: BinaryIO, partition: Partition, target: Path) -> None:
    file.seek(partition.start)
    left, block = partition.size, 1 << 20
    with target.open("wb") as write:
        while left and (chunk := file.read(min(block, left))):
            if chunk.count(0) == len(chunk):
                write.seek(len(chunk), os.SEEK_CUR)
            else:
                write.write(chunk)
            left -= len(chunk)
        write.truncate()
