"""MID, ICID and DCID: never used twice, over all workers and restarts.

Workers reserve blocks from one small file under a lock, so a number costs no I/O; a crash skips what was
left of a block. Within a worker numbers rise.
"""

from __future__ import annotations

import fcntl
import os
from enum import StrEnum
from pathlib import Path

from gateway.queue.errors import SpoolBroken

BLOCK = 1000
_WIDTH = 20


class Kind(StrEnum):
    MID = "mid"
    ICID = "icid"
    DCID = "dcid"


_PLACE = {kind: index * (_WIDTH + 1) for index, kind in enumerate(Kind)}


class Numbers:
    """Hands out numbers of the three kinds from blocks reserved in `path`."""

    def __init__(self, path: Path, *, block: int = BLOCK) -> None:
        self._path = path
        self._block = block
        self._next = dict.fromkeys(Kind, 0)
        self._end = dict.fromkeys(Kind, 0)

    def take(self, kind: Kind) -> int:
        """The next number. Raises SpoolBroken when a block is needed and cannot be reserved."""
        number = self._next[kind]
        if number >= self._end[kind]:
            number = self._reserve(kind)
            self._end[kind] = number + self._block
        self._next[kind] = number + 1
        return number

    def _reserve(self, kind: Kind) -> int:
        place = _PLACE[kind]
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                text = os.pread(fd, _WIDTH, place)
                first = int(text) if text.strip(b"\0") else 1
                os.pwrite(fd, b"%0*d\n" % (_WIDTH, first + self._block), place)
                os.fdatasync(fd)
            finally:
                os.close(fd)
        except OSError as error:
            raise SpoolBroken(path=self._path, why=error.strerror or str(error)) from error
        except ValueError as error:
            raise SpoolBroken(path=self._path, why="it does not hold numbers") from error
        return first
