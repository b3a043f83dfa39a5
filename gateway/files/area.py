"""What FTP and SFTP show of the appliance: the folder /configuration, and of it what is an administrator's (U2).

A path is what the client says, from `/`, which has one folder in it. Names with a dot in front are ours and not there.
The running configuration and what upgrades saved can be read; it is `loadconfig` and `commit` that change them. An
upload has another name until it is complete.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mailward.durable import sync_folder

NAME = "configuration"
READ_ONLY = frozenset(
    {"config.xml", "config.dtd", "config.xsd", "model", "upgrade"}
)  # the first part below the folder
MODE = 0o640


def _refused(path: str, why: int = errno.EACCES) -> OSError:
    return OSError(why, os.strerror(why), path)


class Upload:
    """A file on its way in. `write` at an offset; `finish` gives it its name, `abandon` leaves nothing."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._fresh = target.with_name(f".upload-{secrets.token_hex(8)}")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(self._fresh, flags, MODE)
        os.fchmod(self._handle, MODE)
        # The group that may read it, whatever the writer's own is; a writer outside of it is on a test machine.
        with contextlib.suppress(PermissionError):
            os.fchown(self._handle, -1, target.parent.stat().st_gid)

    def write(self, data: bytes, offset: int) -> None:
        view, at = memoryview(data), offset
        while view:
            done = os.pwrite(self._handle, view, at)
            view, at = view[done:], at + done

    def size(self) -> int:
        return os.fstat(self._handle).st_size

    def status(self) -> os.stat_result:
        return os.fstat(self._handle)

    def finish(self) -> None:
        """Raises OSError; then nothing is left of it."""
        try:
            os.fsync(self._handle)
            self._fresh.rename(self._target)
            sync_folder(self._target.parent)
        except OSError:
            self._fresh.unlink(missing_ok=True)
            raise
        finally:
            os.close(self._handle)

    def abandon(self) -> None:
        os.close(self._handle)
        self._fresh.unlink(missing_ok=True)


class Area:
    """Works on the folder `root`. All methods raise OSError with the errno a client is to be told."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def parts(self, path: str) -> tuple[str, ...]:
        """Of a client's path, from `/`, without `.` and `..`."""
        found: list[str] = []
        for part in path.split("/"):
            if part == "..":
                found[-1:] = []
            elif part not in ("", "."):
                found.append(part)
        return tuple(found)

    def real(self, path: str) -> Path:
        """The file a path means. What is not there to be seen does not exist."""
        first, *rest = self.parts(path) or ("",)
        if first != NAME or any(part.startswith(".") or "\0" in part for part in rest):
            raise _refused(path, errno.ENOENT)
        place = self.root
        for part in rest:
            place = place / part
            if place.is_symlink():
                raise _refused(path, errno.ENOENT)
        return place

    def writable(self, path: str) -> Path:
        """The same, for something that may be made, replaced or removed."""
        parts = self.parts(path)
        if len(parts) < 2 or parts[1] in READ_ONLY:
            raise _refused(path)
        return self.real(path)

    def is_top(self, path: str) -> bool:
        return not self.parts(path)

    def status(self, path: str) -> os.stat_result:
        return os.lstat(self.root if self.is_top(path) else self.real(path))

    def names(self, path: str) -> list[str]:
        if self.is_top(path):
            return [NAME]
        folder = self.real(path)
        return sorted(entry.name for entry in _entries(folder) if not entry.name.startswith("."))

    def read(self, path: str) -> IO[bytes]:
        handle = os.open(self.real(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise _refused(path)
        return os.fdopen(handle, "rb")

    def upload(self, path: str) -> Upload:
        target = self.writable(path)
        if target.is_dir():
            raise _refused(path, errno.EISDIR)
        return Upload(target)

    def remove(self, path: str) -> None:
        self.writable(path).unlink()

    def rename(self, old: str, new: str) -> None:
        source, target = self.writable(old), self.writable(new)
        if target.exists():
            raise _refused(new, errno.EEXIST)
        source.rename(target)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.is_symlink())
