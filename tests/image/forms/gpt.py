"""A small raw disk with a GPT, made without any program."""

from __future__ import annotations

import struct
import uuid
import zlib
from pathlib import Path

SECTORS = 8192


def raw_image(path: Path) -> Path:
    """4 MiB, one partition with something in it."""
    entry = uuid.UUID(int=1).bytes_le + uuid.UUID(int=2).bytes_le + struct.pack("<QQQ", 2048, 4095, 0)
    table = (entry + "mailward".encode("utf-16-le").ljust(72, b"\0")).ljust(128 * 128, b"\0")

    def header(here: int, other: int, entries: int) -> bytes:
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
            SECTORS - 34,
            uuid.UUID(int=3).bytes_le,
            entries,
            128,
            128,
            zlib.crc32(table),
        )
        return (head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]).ljust(512, b"\0")

    mbr = bytes(446) + struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff" * 3, 1, SECTORS - 1)
    disk = bytearray(SECTORS * 512)
    disk[:512] = mbr.ljust(510, b"\0") + b"\x55\xaa"
    disk[512:1024] = header(1, SECTORS - 1, 2)
    disk[1024 : 1024 + len(table)] = table
    disk[2048 * 512 : 2048 * 512 + 300_000] = bytes(i * 7919 % 251 for i in range(300_000))
    disk[-33 * 512 : -512] = table
    disk[-512:] = header(SECTORS - 1, 1, SECTORS - 33)
    path.write_bytes(disk)
    return path
