"""The disk that is written to: zeros, bytes, and reading back what the disk really has."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from typing import Protocol

from image.installer.chunks import CHUNK

_BLKZEROOUT = 0x127F  # linux/fs.h; the kernel lets the disk do it where the disk can
_BLKFLSBUF = 0x1261


class Target(Protocol):
    """A disk. Places and lengths in bytes; every call raises OSError."""

    def zero(self, place: int, length: int) -> None: ...

    def write(self, place: int, content: bytes) -> None: ...

    def flush(self) -> None:
        """All that was written is on the disk, and no copy of it in memory."""

    def read(self, place: int, length: int) -> bytes:
        """What the disk has."""


@dataclass
class BlockDevice:
    """path: of a whole disk. Held exclusively: a disk with anything mounted cannot be opened at all."""

    path: str

    def __enter__(self) -> BlockDevice:
        self._write = os.open(self.path, os.O_RDWR | os.O_EXCL | os.O_CLOEXEC)
        # As systemd's BLOCK_DEVICE_LOCKING has it: udev does not look into a disk that is locked.
        fcntl.flock(self._write, fcntl.LOCK_EX)
        # O_DIRECT reads the disk and not our own memory; it wants a page-aligned place to put it, which a map is.
        self._read = os.open(self.path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
        self._map = mmap.mmap(-1, CHUNK)
        return self

    def __exit__(self, *unused: object) -> None:
        os.close(self._read)
        os.close(self._write)

    def zero(self, place: int, length: int) -> None:
        fcntl.ioctl(self._write, _BLKZEROOUT, struct.pack("=QQ", place, length))

    def write(self, place: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            done = os.pwrite(self._write, rest, place)
            place, rest = place + done, rest[done:]

    def flush(self) -> None:
        os.fsync(self._write)
        fcntl.ioctl(self._write, _BLKFLSBUF)

    def read(self, place: int, length: int) -> bytes:
        got = os.preadv(self._read, [memoryview(self._map)[:length]], place)
        if got != length:
            raise OSError(errno.EIO, "it ends too early")
        return self._map[:length]
