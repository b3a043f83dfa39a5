import asyncio
import errno
import os
import sqlite3
import time
from pathlib import Path

import pytest

from gateway.queue.space import out_of_space
from gateway.queue.spool import Spool, SpoolLimits


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_disk_and_quota_are_alike(number: int) -> None:
    assert out_of_space(OSError(number, os.strerror(number)))


def test_what_sqlite_makes_of_them() -> None:
    assert out_of_space(sqlite_error(sqlite3.SQLITE_FULL))
    assert out_of_space(sqlite_error(sqlite3.SQLITE_IOERR_WRITE))
    assert not out_of_space(sqlite_error(sqlite3.SQLITE_CORRUPT))
    assert not out_of_space(sqlite3.OperationalError("no code"))
    assert not out_of_space(OSError(errno.EACCES, "denied"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_acceptance_stops_and_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    async def test() -> None:
        now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: now)
        spool = Spool(tmp_path, limits=SpoolLimits(reserve=0))
        assert spool.has_room()
        spool.failed(OSError(errno.EIO, "broken"))
        assert spool.has_room(), "a disk that fails is not one that is full"
        spool.failed(OSError(number, os.strerror(number)))
        now += 4
        assert not spool.has_room()
        assert os.strerror(number) in spool.full
        now += 2
        assert spool.has_room() and not spool.full
        assert not spool.has_room(1 << 60), "larger than what is free"
        assert not spool.full, "others still fit"
        await spool.close()

    asyncio.run(test())
