"""An image with the three partitions of a real one, a few MiB each, and a disk in memory to install it on."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from image.installer import payload
from image.installer.chunks import CHUNK
from image.installer.manifest import Manifest
from tests.image.forms.gpt import PATTERN, Area, disk_image

MIB = 1 << 20
ROOT = bytes(range(256)) * 4096 + bytes(CHUNK) + PATTERN  # something, a chunk of zeros, something


def areas() -> list[Area]:
    def area(kind: str, number: int, label: str, first_mib: int, mib: int, content: bytes) -> Area:
        first = first_mib * 2048
        return Area(uuid.UUID(kind), uuid.UUID(int=number), label, first, first + mib * 2048 - 1, content)

    return [
        area(payload.ESP, 1, "esp", 1, 8, b"FAT" + PATTERN),
        area(payload.ROOT, 2, "mailward_14.2.3-031", 9, 16, ROOT),
        area(payload.VERITY, 3, "mailward_14.2.3-031", 25, 2, b"verity"),
    ]


def image(path: Path, of: Sequence[Area] | None = None) -> Path:
    return disk_image(path, areas() if of is None else of, 28 * 2048)


class Plain:
    """In place of zstd: the files keep their content and get its suffix."""

    def run(
        self, argv: Sequence[str | os.PathLike[str]], *, cwd: Path | None = None, package: str = ""
    ) -> None:
        name = Path(argv[-1])
        name.rename(name.with_name(name.name + ".zst"))


class Zstd:
    """This host's zstd."""

    def run(
        self, argv: Sequence[str | os.PathLike[str]], *, cwd: Path | None = None, package: str = ""
    ) -> None:
        assert shutil.which("zstd")
        subprocess.run(argv, check=True)


def medium(folder: Path, run: Plain | Zstd) -> Manifest:
    """The files of a medium below folder/medium."""
    raw = image(folder / "image.raw")
    return payload.write(raw, folder / "medium", "14.2.3-031", run, lambda place: [])


class MemoryDisk:
    """A `Target` that starts full of other bytes. lies: a place at which it gives back something else than it got."""

    def __init__(self, size: int, lies: int | None = None) -> None:
        self.content = bytearray(b"\xa5" * size)
        self.lies = lies
        self.flushed = False

    def zero(self, place: int, length: int) -> None:
        self.content[place : place + length] = bytes(length)

    def write(self, place: int, content: bytes) -> None:
        self.content[place : place + len(content)] = content
        self.flushed = False

    def flush(self) -> None:
        self.flushed = True

    def read(self, place: int, length: int) -> bytes:
        assert self.flushed, "what is read back must come from the disk"
        given = bytearray(self.content[place : place + length])
        if self.lies is not None and place <= self.lies < place + length:
            given[self.lies - place] ^= 1
        return bytes(given)
