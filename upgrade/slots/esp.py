"""The kernel images in the EFI partition: listing them, and the one change that is ever made, a file's name.

A FAT file system has no journal. So nothing but a name changes here by hand; each change is written through and read
back before it counts as done.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mailward.durable import sync_folder
from mailward.errors import Failed
from upgrade.slots import uki
from upgrade.slots.survey import KernelImage, file_name, parse_name

FOLDER = "EFI/Linux"
UNFINISHED = (".#", ".sysupdate", "PRT#", "PND#")  # of systemd-sysupdate, this version and later ones
MAX_BYTES = 512 << 20


class EspFailed(Failed):
    key = "upgrade.slot.esp"
    sentence = "{name} in the EFI partition cannot be {done}: {problem}"
    remedy = "See whether {folder} is mounted and its file system is sound (`fsck.vfat -n`), then do the same again"


class Esp:
    """EFI/Linux below `mount`. `sync` writes everything of a folder's file system through to the disk."""

    def __init__(self, mount: Path, sync: Callable[[Path], None] | None = None) -> None:
        self.folder = mount / FOLDER
        self._sync = sync or write_through

    def kernels(self) -> tuple[KernelImage, ...]:
        """Every kernel image of ours. One that cannot be read has no root hash, and so belongs to no slot.

        Raises `EspFailed`.
        """
        try:
            names = sorted(entry.name for entry in self.folder.iterdir())
        except OSError as error:
            raise EspFailed(name=FOLDER, done="listed", problem=error.strerror, folder=self.folder) from error
        found = []
        for name in names:
            if parsed := parse_name(name):
                version, left, done = parsed
                found.append(KernelImage(name, version, left, done, self._root_hash(name)))
        return tuple(found)

    def _root_hash(self, name: str) -> str:
        try:
            return uki.root_hash(self.read(name), name)
        except uki.BadKernelImage:
            return ""  # a file that was cut off while it was written: what `survey` calls half-written

    def read(self, name: str) -> bytes:
        """Raises `EspFailed`."""
        try:
            with (self.folder / name).open("rb") as file:
                return file.read(MAX_BYTES)
        except OSError as error:
            raise EspFailed(name=name, done="read", problem=error.strerror, folder=self.folder) from error

    def place(self, name: str) -> Path:
        """Where a kernel image is. What the kernel still remembers of it is dropped, so that reading asks the disk."""
        path = self.folder / name
        try:
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            raise EspFailed(name=name, done="read", problem=error.strerror, folder=self.folder) from error
        return path

    def clean(self) -> None:
        """Remove what interrupted installations left: unfinished files of systemd-sysupdate. Raises `EspFailed`.

        They are as large as a kernel image, and a full EFI partition stops every later upgrade.
        """
        try:
            left = [entry.name for entry in self.folder.iterdir() if entry.name.startswith(UNFINISHED)]
        except OSError as error:
            raise EspFailed(name=FOLDER, done="listed", problem=error.strerror, folder=self.folder) from error
        for name in left:
            self.remove(name)

    def rename(self, image: KernelImage, left: int | None, done: int = 0) -> None:
        """Give the boot counter; None takes it away. Raises `EspFailed`, also if it does not read back."""
        new = file_name(image.version, left, done)
        if new == image.name:
            return
        try:
            (self.folder / image.name).rename(self.folder / new)
            self._sync(self.folder)
            names = [entry.name for entry in self.folder.iterdir()]
        except OSError as error:
            raise EspFailed(
                name=image.name, done="renamed", problem=error.strerror, folder=self.folder
            ) from error
        if new not in names or image.name in names:
            raise EspFailed(
                name=image.name, done="renamed", problem="it reads back otherwise", folder=self.folder
            )

    def remove(self, name: str) -> None:
        """Raises `EspFailed`. Nothing happens if it is not there."""
        try:
            (self.folder / name).unlink(missing_ok=True)
            self._sync(self.folder)
        except OSError as error:
            raise EspFailed(name=name, done="removed", problem=error.strerror, folder=self.folder) from error


def write_through(folder: Path) -> None:
    """fsync a folder, and on FAT what its names point to."""
    sync_folder(folder)
    os.sync()
