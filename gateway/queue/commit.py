"""Group commit: what arrives while the disk is busy shares the next transaction.

The event loop's thread runs the statements (they touch memory), a thread of its own runs COMMIT and fsync
(they wait for the disk). So the two threads hand the interpreter lock over twice per group, not twice per
statement, and the loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

Done = Callable[[Exception | None], None]
LINGER = 0.02  # seconds an operation nobody waits for may wait for others
RETRY = 1.0  # seconds before operations that must not be lost are tried again
STEP = 4 << 20  # octets


class Operation(NamedTuple):
    """One change.

    Attributes:
        apply: runs the statements.
        done: told None once the change is durable, else the error.
        files: descriptors of written files: made durable before COMMIT and closed.
        keep: on an error try again instead of telling `done`; for changes that record what already happened.
    """

    apply: Callable[[sqlite3.Connection], None]
    done: Done | None = None
    files: tuple[int, ...] = ()
    keep: bool = False


class GroupCommit:
    """Runs operations on `db` in groups; `directory` is where files of operations are."""

    def __init__(
        self, db: sqlite3.Connection, directory: Path, loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._db = db
        self._directory = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._loop = loop or asyncio.get_running_loop()
        self._pending: list[Operation] = []
        self._scheduled: asyncio.Handle | None = None
        self._busy = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._groups: SimpleQueue[list[Operation] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="spool commit", daemon=True)
        self._thread.start()
        self.commits = 0
        self.operations = 0

    def submit(self, operation: Operation, *, urgent: bool = True) -> None:
        """Put an operation into the next group. Not urgent: nobody waits for it, it may linger for
        company.
        """
        self._pending.append(operation)
        if self._busy:
            return
        self._idle.clear()
        if urgent:
            if self._scheduled is None or isinstance(self._scheduled, asyncio.TimerHandle):
                if self._scheduled is not None:
                    self._scheduled.cancel()
                self._scheduled = self._loop.call_soon(self._start)
        elif self._scheduled is None:
            self._scheduled = self._loop.call_later(LINGER, self._start)

    async def flush(self) -> None:
        """Wait until everything submitted is durable or has failed."""
        await self._idle.wait()

    async def close(self) -> None:
        """Flush, then end the thread."""
        await self.flush()
        self._groups.put(None)
        self._thread.join()
        os.close(self._directory)

    def _start(self) -> None:
        self._scheduled = None
        if self._busy or not self._pending:
            return
        group, self._pending = self._pending, []
        self._busy = True
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            for operation in group:
                operation.apply(db)
        except sqlite3.Error as error:
            self._loop.call_soon(self._finish, group, error)
            return
        self._groups.put(group)

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            problem: Exception | None = None
            try:
                self._sync_files(group)
                self._db.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                problem = error
            self._loop.call_soon_threadsafe(self._finish, group, problem)

    def _sync_files(self, group: list[Operation]) -> None:
        descriptors = [fd for operation in group for fd in operation.files]
        if not descriptors:
            return
        for fd in descriptors:
            os.fdatasync(fd)
        os.fsync(self._directory)

    def _finish(self, group: list[Operation], error: Exception | None) -> None:
        for operation in group:
            for fd in operation.files:
                os.close(fd)
        if error is not None and self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._busy = False
        self.commits += 1
        self.operations += len(group)
        again = False
        for operation in group:
            if error is not None and operation.keep:
                self._pending.append(operation)
                again = True
            elif operation.done is not None:
                operation.done(error)
        if again:
            # The disk is in trouble. Do not spin; new mail is refused meanwhile.
            self._scheduled = self._loop.call_later(RETRY, self._start)
        elif self._pending:
            self._start()
        else:
            self._idle.set()
