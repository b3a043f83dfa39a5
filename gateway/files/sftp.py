"""The server's side of SFTP version 3 (draft-ietf-secsh-filexfer-02), over an `Area`. One packet in, one out: no I/O of
its own but the files.

OpenSSH's own server writes a file under its name from the first octet on, and can be confined only together with the
login. What is here is as much as clients need for a folder of files: no links, no folders made, no attributes set.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

from gateway.files.area import Area, Upload

VERSION = 3
LARGEST = 256 << 10  # octets of a packet, as OpenSSH has it
HANDLES = 64
_CHUNK = 100  # names in one answer

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE, _, _, UNSUPPORTED = range(9)
_STATUS, _HANDLE, _DATA, _NAME, _ATTRS = range(101, 106)
_READ, _WRITE, _APPEND, _CREAT, _TRUNC, _EXCL = (1 << n for n in range(6))
_CODES = {errno.ENOENT: NO_SUCH_FILE, errno.EACCES: PERMISSION_DENIED, errno.EPERM: PERMISSION_DENIED}


class BadPacket(ValueError):
    """Not SFTP: the session ends."""


class _Reader:
    """Fields of a packet. Every length is checked against what is there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise BadPacket(f"a field of {size} octets, and {len(self._data) - self._at} are left")
        found = self._data[self._at : end]
        self._at = end
        return found

    def byte(self) -> int:
        return self._take(1)[0]

    def number(self) -> int:
        return int.from_bytes(self._take(4))

    def long(self) -> int:
        return int.from_bytes(self._take(8))

    def string(self) -> bytes:
        return self._take(self.number())

    def path(self) -> str:
        return os.fsdecode(self.string())


def _string(value: bytes | str) -> bytes:
    octets = os.fsencode(value) if isinstance(value, str) else value
    return len(octets).to_bytes(4) + octets


def _attributes(status: os.stat_result) -> bytes:
    """Size, owner, mode and times."""
    fields = (0x0F, status.st_size, status.st_uid, status.st_gid, status.st_mode, int(status.st_atime))
    return struct.pack(">IQIIIII", *fields, int(status.st_mtime) & 0xFFFFFFFF)


@dataclass(slots=True)
class _Listing:
    path: str
    names: list[str]


_Handle = IO[bytes] | Upload | _Listing


class Server:
    """One session. `answer` takes packets without their length and gives them so. `close` when it ends."""

    def __init__(self, area: Area, log: Callable[[str], None]) -> None:
        self._area = area
        self._log = log
        self._handles: dict[bytes, _Handle] = {}
        self._paths: dict[bytes, str] = {}
        self._count = 0

    def answer(self, packet: bytes) -> bytes:
        """Raises BadPacket."""
        read = _Reader(packet)
        kind = read.byte()
        if kind == 1:  # INIT
            return bytes([2]) + VERSION.to_bytes(4)
        number = read.number().to_bytes(4)
        operation = _OPERATIONS.get(kind)
        if operation is None:
            return _status(number, UNSUPPORTED, "not offered here")
        try:
            return operation(self, number, read)
        except OSError as error:
            code = _CODES.get(error.errno or 0, FAILURE)
            return _status(number, code, error.strerror or "failed")

    def close(self) -> None:
        """What was not closed by the client did not arrive whole."""
        for handle in self._handles.values():
            if isinstance(handle, Upload):
                handle.abandon()
            elif not isinstance(handle, _Listing):
                handle.close()
        self._handles.clear()

    def _open(self, number: bytes, read: _Reader) -> bytes:
        path, flags = read.path(), read.number()
        if not flags & (_WRITE | _CREAT | _APPEND | _TRUNC):
            return self._keep(number, path, self._area.read(path))
        if not flags & _TRUNC and self._exists(path):
            if flags & _EXCL:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            return _status(number, UNSUPPORTED, "a file is written whole: no appending, no resuming")
        return self._keep(number, path, self._area.upload(path))

    def _exists(self, path: str) -> bool:
        try:
            self._area.status(path)
        except FileNotFoundError:
            return False
        return True

    def _keep(self, number: bytes, path: str, handle: _Handle) -> bytes:
        if len(self._handles) >= HANDLES:
            if isinstance(handle, Upload):
                handle.abandon()
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        self._count += 1
        name = self._count.to_bytes(4)
        self._handles[name], self._paths[name] = handle, path
        return bytes([_HANDLE]) + number + _string(name)

    def _close(self, number: bytes, read: _Reader) -> bytes:
        name = read.string()
        handle, path = self._handles.pop(name, None), self._paths.pop(name, "")
        if handle is None:
            return _status(number, FAILURE, "no such handle")
        if isinstance(handle, Upload):
            size = handle.size()
            handle.finish()
            self._log(f"uploaded {path}, {size} octets")
        elif not isinstance(handle, _Listing):
            handle.close()
        return _status(number, OK)

    def _read(self, number: bytes, read: _Reader) -> bytes:
        handle, offset, size = self._handles.get(read.string()), read.long(), read.number()
        if handle is None or isinstance(handle, Upload | _Listing):
            return _status(number, FAILURE, "not a file that is read")
        data = os.pread(handle.fileno(), min(size, LARGEST - 1024), min(offset, 1 << 62))
        return bytes([_DATA]) + number + _string(data) if data else _status(number, EOF)

    def _write(self, number: bytes, read: _Reader) -> bytes:
        handle, offset, data = self._handles.get(read.string()), read.long(), read.string()
        if not isinstance(handle, Upload):
            return _status(number, FAILURE, "not a file that is written")
        if offset > 1 << 40:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        handle.write(data, offset)
        return _status(number, OK)

    def _stat(self, number: bytes, read: _Reader) -> bytes:
        return bytes([_ATTRS]) + number + _attributes(self._area.status(read.path()))

    def _fstat(self, number: bytes, read: _Reader) -> bytes:
        handle = self._handles.get(read.string())
        if handle is None or isinstance(handle, _Listing):
            return _status(number, FAILURE, "no such handle")
        status = handle.status() if isinstance(handle, Upload) else os.fstat(handle.fileno())
        return bytes([_ATTRS]) + number + _attributes(status)

    def _setstat(self, number: bytes, read: _Reader) -> bytes:
        """Clients set mode and time of what they put, and take a refusal for a failure: it is quietly not done."""
        return _status(number, OK)

    def _opendir(self, number: bytes, read: _Reader) -> bytes:
        path = read.path()
        return self._keep(number, path, _Listing(path, self._area.names(path)))

    def _readdir(self, number: bytes, read: _Reader) -> bytes:
        handle = self._handles.get(read.string())
        if not isinstance(handle, _Listing):
            return _status(number, FAILURE, "not a folder that is read")
        if not handle.names:
            return _status(number, EOF)
        names, handle.names = handle.names[:_CHUNK], handle.names[_CHUNK:]
        found: list[bytes] = []
        for name in names:
            try:
                status = self._area.status(f"{handle.path}/{name}")
            except FileNotFoundError:
                continue  # removed since
            found.append(_string(name) + _string(_long(name, status)) + _attributes(status))
        return bytes([_NAME]) + number + len(found).to_bytes(4) + b"".join(found)

    def _remove(self, number: bytes, read: _Reader) -> bytes:
        path = read.path()
        self._area.remove(path)
        self._log(f"removed {path}")
        return _status(number, OK)

    def _rename(self, number: bytes, read: _Reader) -> bytes:
        old, new = read.path(), read.path()
        self._area.rename(old, new)
        self._log(f"renamed {old} to {new}")
        return _status(number, OK)

    def _realpath(self, number: bytes, read: _Reader) -> bytes:
        """Where a client begins is the folder it came for."""
        path = read.path()
        whole = path if path.startswith("/") else f"/configuration/{path}"
        name = "/" + "/".join(self._area.parts(whole))
        return bytes([_NAME]) + number + (1).to_bytes(4) + _string(name) + _string(name) + bytes(4)


def _status(number: bytes, code: int, text: str = "") -> bytes:
    return bytes([_STATUS]) + number + code.to_bytes(4) + _string(text) + _string("en")


def _long(name: str, status: os.stat_result) -> str:
    when = time.strftime("%b %d %H:%M", time.localtime(status.st_mtime))
    owner = f"{status.st_nlink:4} {status.st_uid:8} {status.st_gid:8}"
    return f"{stat.filemode(status.st_mode)} {owner} {status.st_size:12} {when} {name}"


_OPERATIONS: Mapping[int, Callable[[Server, bytes, _Reader], bytes]] = {
    3: Server._open,
    4: Server._close,
    5: Server._read,
    6: Server._write,
    7: Server._stat,
    8: Server._fstat,
    9: Server._setstat,
    10: Server._setstat,
    11: Server._opendir,
    12: Server._readdir,
    13: Server._remove,
    16: Server._realpath,
    17: Server._stat,
    18: Server._rename,
}
