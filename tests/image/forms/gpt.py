"""Small raw disks with a GPT, made without any program."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
SECTORS = 8192


@dataclass(frozen=True)
class Area:
    """A partition to make; first, last: sectors. content: from its beginning on."""

    type: uuid.UUID
    uuid: uuid.UUID
    label: str
    first: int
    last: int
    content: bytes
    flags: int = 0


PATTERN = bytes(i * 7919 % 251 for i in range(300_000))
ONE = Area(uuid.UUID(int=1), uuid.UUID(int=2), "mailward", 2048, 4095, PATTERN)


def disk_image(path: Path, areas: Sequence[Area], sectors: int = SECTORS) -> Path:
    entries = b"".join(
        area.type.bytes_le
        + area.uuid.bytes_le
        + struct.pack("<QQQ", area.first, area.last, area.flags)
        + area.label.encode("utf-16-le").ljust(72, b"\0")
        for area in areas
    )
    table = entries.ljust(128 * 128, b"\0")

    def header(here: int, other: int, place: int) -> bytes:
        head = struct.pack(
            "<8sIIIIQQQQ16sQIII",
            b"EFI PART",
            0x10000,
            92,
            0,
            0,
            here,
            other,
            34,
            sectors - 34,
            uuid.UUID(int=3).bytes_le,
            place,
            128,
            128,
            zlib.crc32(table),
        )
        return (head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]).ljust(SECTOR, b"\0")

    mbr = bytes(446) + struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff" * 3, 1, sectors - 1)
    pieces = {
        0: mbr.ljust(510, b"\0") + b"\x55\xaa",
        SECTOR: header(1, sectors - 1, 2),
        2 * SECTOR: table,
        (sectors - 33) * SECTOR: table,
        (sectors - 1) * SECTOR: header(sectors - 1, 1, sectors - 33),
        **{area.first * SECTOR: area.content for area in areas},
    }
    with path.open("wb") as disk:
        disk.truncate(sectors * SECTOR)
        for place, content in pieces.items():
            disk.seek(place)
            disk.write(content)
    return path


def raw_image(path: Path) -> Path:
    """4 MiB, one partition with something in it."""
    return disk_image(path, [ONE])
