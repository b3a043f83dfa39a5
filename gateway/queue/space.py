"""No room left: one thing to us, several to the systems below.

A file system that is full says ENOSPC. A project quota says EDQUOT on ext4 and ENOSPC on XFS. SQLite makes
SQLITE_FULL of ENOSPC only; EDQUOT comes out as the failed write or sync it was (unixWrite in os_unix.c).
"""

from __future__ import annotations

import errno
import sqlite3

_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)


def out_of_space(error: Exception) -> bool:
    """True if a disk or quota that is full makes this error. A failing disk can make some of them too."""
    if isinstance(error, OSError):
        return error.errno in _ERRNOS
    # Errors of the module itself have no code.
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) in _SQLITE
