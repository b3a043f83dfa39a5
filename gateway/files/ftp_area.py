"""The area as pyftpdlib wants a file system: its paths are the client's, and only `Area` knows others."""

from __future__ import annotations

import errno
import os
import stat
from typing import IO, Any

from pyftpdlib.filesystems import AbstractedFS

from gateway.files.area import Area, Upload


class Incoming:
    """The file object of an upload. It gets its name when the data channel says that all is there."""

    def __init__(self, upload: Upload, name: str) -> None:
        self._upload: Upload | None = upload
        self._at = 0
        self.name = name

    @property
    def closed(self) -> bool:
        return self._upload is None

    def write(self, data: bytes) -> int:
        if self._upload is not None:
            self._upload.write(data, self._at)
            self._at += len(data)
        return len(data)

    def end(self, whole: bool) -> None:
        """Raises OSError if it cannot be kept."""
        upload, self._upload = self._upload, None
        if upload is not None:
            if whole:
                upload.finish()
            else:
                upload.abandon()

    def close(self) -> None:
        self.end(whole=False)


class Outgoing:
    """The file object of a download, with the client's name for it."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self.name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class AreaFilesystem(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """`area` is set on a subclass by the server. Methods raise OSError, which pyftpdlib answers with 550."""

    area: Area

    def ftp2fs(self, ftppath: str) -> str:
        return str(self.ftpnorm(ftppath))

    def fs2ftp(self, fspath: str) -> str:
        return fspath

    def validpath(self, path: str) -> bool:
        return True  # every call below looks for itself

    def realpath(self, path: str) -> str:
        return path

    def open(self, filename: str, mode: str) -> Incoming | Outgoing:
        if mode.startswith("w"):
            return Incoming(self.area.upload(filename), filename)
        if mode == "rb":
            return Outgoing(self.area.read(filename), filename)
        raise OSError(errno.EOPNOTSUPP, "a file is written whole: no appending, no resuming")

    def mkstemp(self, *arguments: Any, **options: Any) -> Any:
        raise PermissionError(errno.EACCES, "name the file")

    def chdir(self, path: str) -> None:
        if not self.isdir(path):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        self.cwd = path

    def listdir(self, path: str) -> list[str]:
        return self.area.names(path)

    listdirinfo = listdir

    def remove(self, path: str) -> None:
        self.area.remove(path)

    def rename(self, src: str, dst: str) -> None:
        self.area.rename(src, dst)

    def mkdir(self, path: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    rmdir = mkdir

    def chmod(self, path: str, mode: int) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def utime(self, path: str, timeval: float) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def stat(self, path: str) -> os.stat_result:
        return self.area.status(path)

    lstat = stat

    def readlink(self, path: str) -> str:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    def isfile(self, path: str) -> bool:
        return self._is(path, stat.S_ISREG)

    def isdir(self, path: str) -> bool:
        return self._is(path, stat.S_ISDIR)

    def islink(self, path: str) -> bool:
        return False

    def lexists(self, path: str) -> bool:
        return self._is(path, lambda mode: True)

    def getsize(self, path: str) -> int:
        return self.area.status(path).st_size

    def getmtime(self, path: str) -> float:
        return self.area.status(path).st_mtime

    def _is(self, path: str, kind: Any) -> bool:
        try:
            return bool(kind(self.area.status(path).st_mode))
        except OSError:
            return False

    def get_user_by_uid(self, uid: int) -> str:
        return "root"

    def get_group_by_gid(self, gid: int) -> str:
        return "mailward"
