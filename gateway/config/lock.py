"""One commit at a time, whoever starts it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.config.durable import MODE, Disk
from gateway.config.errors import Busy

PATIENCE = 30.0  # seconds: longer than applying takes when nothing hangs
_EVERY = 0.05


@contextmanager
def locked(folder: Path, disk: Disk, who: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock in `folder`. The kernel lets it go when the process ends, however it ends. Raises Busy, OSError."""
    disk.folder(folder)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
                    raise Busy(who=holder or "somebody") from None
                time.sleep(_EVERY)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{who}, process {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
