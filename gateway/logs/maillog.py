"""The mail log: the incumbent's line shapes, written in batches.

A line is ``Tue Nov 24 11:36:44 2026 Info: New SMTP ICID 5 …``. Workers append whole batches of whole lines
with O_APPEND to one file; when the file has been renamed by a rollover, the next batch opens the new one.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

_log = logging.getLogger(__name__)
BATCH = 64 << 10  # octets held at most
FLUSH = 0.25  # seconds a line waits at most
_HELD = 8 << 20  # octets kept while the disk does not take them


class Level(StrEnum):
    CRITICAL = "Critical"
    WARNING = "Warning"
    INFO = "Info"
    DEBUG = "Debug"


class LogFile:
    """An append-only file of lines, shared by processes; reopened when it was renamed away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1
        self._identity = (0, 0)

    def append(self, data: bytes) -> None:
        """Write whole lines. Raises OSError."""
        try:
            state = self.path.stat()
            current = (state.st_dev, state.st_ino)
        except FileNotFoundError:
            current = (0, 0)
        if self._fd < 0 or current != self._identity:
            self.close()
            self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            state = os.fstat(self._fd)
            self._identity = (state.st_dev, state.st_ino)
        os.write(self._fd, data)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class MailLog:
    """Collects lines; `flush` is called by a timer of the owner and when a batch is full."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._file = LogFile(path)
        self._clock = clock
        self._lines: list[str] = []
        self._octets = 0
        self._second = 0
        self._stamp = ""
        self.lost = 0

    def say(self, text: str) -> None:
        """One line of level Info."""
        now = int(self._clock())
        if now != self._second:
            self._second = now
            self._stamp = time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(now))
        self._lines.append(f"{self._stamp} Info: {text}\n")
        self._octets += len(text) + 32
        if self._octets > BATCH:
            self.flush()

    def write(self, level: Level, text: str) -> None:
        """One line of any level; text from outside is cleaned of line ends."""
        if level is Level.INFO:
            self.say(text)
            return
        stamp = time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(self._clock()))
        self._lines.append(f"{stamp} {level}: {text}\n")
        self._octets += len(text) + 32

    def flush(self) -> None:
        """Hand what was collected to the kernel. A disk that refuses costs log lines, never mail."""
        if not self._lines:
            return
        data = "".join(self._lines).encode("utf-8", "surrogateescape")
        try:
            self._file.append(data)
        except OSError as error:
            if self._octets < _HELD:
                return
            self.lost += len(self._lines)
            _log.error("mail log %s: %s; %d lines lost so far", self._file.path, error, self.lost)
        self._lines = []
        self._octets = 0

    def close(self) -> None:
        self.flush()
        self._file.close()


def quoted(text: str) -> str:
    """Text from outside in double quotes, on one line (G16)."""
    return '"' + clean(text) + '"'


def clean(text: str) -> str:
    """Text from outside without control characters, so that nobody can forge a log line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
