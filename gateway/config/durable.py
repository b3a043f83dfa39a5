"""Changes to files that are on the disk when the call returns, and whole or not there when it does not."""

from __future__ import annotations

import os
from pathlib import Path

from mailward.durable import sync_folder

MODE = 0o640
CHUNK = 1 << 20  # octets


class Disk:
    """The calls that change something. `step` is called before each, so that a test can end the process there."""

    def step(self, what: str, path: Path) -> None:
        """`what` is the system call that comes next."""

    def write(self, path: Path, data: bytes) -> None:
        """`data` under the name `path`: in a new file, synced, renamed, the folder synced. Raises OSError.

        The new file has owner, group and mode of the one it takes the place of, or of its folder.
        """
        fresh = path.with_name(f".{path.name}.new")
        self.create(fresh, data, like=path if path.exists() else None)
        self.rename(fresh, path)

    def create(self, path: Path, data: bytes, *, like: Path | None = None) -> None:
        """A file whose content is synced and whose name is not. What a crash left there is written over."""
        self.step("open", path)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
        try:
            model = (like or path.parent).stat()
            self.step("fchmod", path)
            os.fchmod(handle, model.st_mode & 0o777 if like else MODE)
            if os.geteuid() == 0:
                os.fchown(handle, model.st_uid, model.st_gid)
            left = memoryview(data)
            while left:
                self.step("write", path)
                left = left[os.write(handle, left[:CHUNK]) :]
            self.step("fsync", path)
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        """`old` takes the place of `new`, durably."""
        self.step("rename", old)
        old.replace(new)
        self.sync(new.parent)

    def remove(self, path: Path) -> None:
        """`path` is gone, durably; one that is not there is."""
        self.step("unlink", path)
        path.unlink(missing_ok=True)
        self.sync(path.parent)

    def folder(self, path: Path) -> None:
        """`path` is a folder, with its parent's owner and group."""
        if path.is_dir():
            return
        self.step("mkdir", path)
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            parent = path.parent.stat()
            os.chown(path, parent.st_uid, parent.st_gid)
        self.sync(path.parent)

    def sync(self, folder: Path) -> None:
        """The names in `folder` are durable."""
        self.step("fsync", folder)
        sync_folder(folder)
