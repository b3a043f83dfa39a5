"""One worker's durable spool: a SQLite file for envelopes and small bodies, a folder for large bodies.

Nobody else writes to it, so no lock is shared. What `accept` called back for survives kill -9 and power loss.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.queue import store
from gateway.queue.body import INLINE, BodyWriter
from gateway.queue.commit import Done, GroupCommit, Operation
from gateway.queue.errors import SpoolBroken
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.space import out_of_space

SPACE_CHECK = 1.0  # seconds between looks at free space
NEAR = 16  # times the reserve: below that much free space every message looks
LARGE = 1 << 20  # octets; what is smaller is not weighed against free space
RAN_OUT = 5.0  # seconds nothing is accepted after a write that found no room, whatever the disk says


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """When to stop accepting.

    Attributes:
        octets: of queued content in this spool; 0 is no limit.
        messages: in this spool; 0 is no limit.
        reserve: octets of the file system (or its project quota) that stay free.
    """

    octets: int = 0
    messages: int = 0
    reserve: int = 64 << 20


class Spool:
    """Open it inside a running loop; close it before the loop ends.

    Attributes:
        messages, octets: what is in the queue.
        full: why nothing more is accepted; empty while there is room.
    """

    def __init__(
        self,
        directory: Path,
        *,
        limits: SpoolLimits | None = None,
        inline: int = INLINE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.limits = limits or SpoolLimits()
        self._inline = inline
        self._clock = clock
        self._bodies = directory / "body"
        self._checked = 0.0
        self._disk = ""
        self._free = 0
        self._ran_out = 0.0
        try:
            self._bodies.mkdir(parents=True, exist_ok=True, mode=0o750)
        except OSError as error:
            raise SpoolBroken(path=directory, why=error.strerror or str(error)) from error
        path = self.path = directory / "queue.sqlite"
        db = store.connect(path)
        self.reader = store.connect(path, readonly=True)
        self.messages, self.octets = store.totals(self.reader)
        self._remove_orphans()
        self.commit = GroupCommit(db, self._bodies, asyncio.get_running_loop())
        self._db = db

    async def close(self) -> None:
        """Finish what was submitted and close the files."""
        await self.commit.close()
        self.reader.close()
        self._db.close()

    def has_room(self, octets: int = 0) -> bool:
        """False if a message of this size should get 452 now."""
        now = time.monotonic()
        limits = self.limits
        # Near the end a second is long: 100 MB can come in it.
        due = self._free < NEAR * limits.reserve or now - self._checked > SPACE_CHECK
        if due and now > self._ran_out:
            self._checked = now
            self._disk = self._disk_full()
        if self.full:
            return False
        # A small one may take a little of the reserve: otherwise all would be refused, and nothing be full.
        if octets > LARGE and self._free < limits.reserve + octets:
            return False
        return not (limits.octets and self.octets + octets > limits.octets)

    @property
    def full(self) -> str:
        """Why no message is taken at all, whatever its size; empty if some are."""
        limits = self.limits
        if self._disk:
            return self._disk
        if limits.octets and self.octets >= limits.octets:
            return f"{self.octets >> 20} MB are queued, as many as queue_size lets"
        if limits.messages and self.messages >= limits.messages:
            return f"{self.messages} messages are queued, as many as queue_messages lets"
        return ""

    def failed(self, error: Exception) -> None:
        """Told of an error in storing a message: if there was no room, nothing is accepted for a while.

        Free space as the file system tells it does not know of every quota; a write that failed does.
        """
        if out_of_space(error):
            self._disk = f"no room for a message that came: {error}"
            self._ran_out = time.monotonic() + RAN_OUT

    def writer(self, mid: int) -> BodyWriter:
        """A writer for the content of message `mid`."""
        return BodyWriter(self._bodies / str(mid), inline=self._inline)

    def accept(self, message: Message, files: tuple[int, ...], done: Done) -> None:
        """Store a message; `done(None)` is called once it is durable, `done(error)` if it is not kept at
        all.
        """
        self.messages += 1
        self.octets += message.size

        def settled(error: Exception | None) -> None:
            if error is not None:
                self._forget(message)
                self.failed(error)
            done(error)

        self.commit.submit(Operation(partial(_insert, message), settled, files))

    def settle(
        self,
        message: Message,
        gone: Sequence[int] = (),
        kept: Sequence[Recipient] = (),
        notes: Sequence[Message] = (),
        done: Done | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        """Recipients `gone` are done, those in `kept` changed; a message without recipients is forgotten
        whole.

        `notes` are messages of ours about it (bounces): they appear in the same transaction, so that neither
        is ever there without the other. This records what already happened: a full disk delays it, nothing
        loses it.
        """
        whole = not message.recipients
        for note in notes:
            self.messages += 1
            self.octets += note.size

        def settled(error: Exception | None) -> None:
            if whole:
                self._forget(message)
            if done is not None:
                done(error)

        apply = partial(_settle, message.mid, whole, gone, kept, notes)
        self.commit.submit(Operation(apply, settled, keep=True), urgent=urgent)

    def load(self, mid: int) -> Message | None:
        """A message with its recipients; body not loaded."""
        return store.load(self.reader, mid)

    def content(self, message: Message) -> bytes | Path | None:
        """The body: octets, or its file. None if it is not there."""
        if message.body is None:
            found = store.content(self.reader, message.mid)
            path = self._bodies / str(message.mid)
            message.body = found if found is not None else path if path.exists() else None
        return message.body

    def _forget(self, message: Message) -> None:
        self.messages -= 1
        self.octets -= message.size
        # Inline bodies have no file; their size tells without asking the disk.
        if message.size > self._inline:
            (self._bodies / str(message.mid)).unlink(missing_ok=True)

    def _disk_full(self) -> str:
        try:
            state = os.statvfs(self.directory)
        except OSError as error:
            return error.strerror or str(error)
        free = self._free = state.f_bavail * state.f_frsize
        if free < self.limits.reserve:
            return f"{free >> 20} MB free on the disk, {self.limits.reserve >> 20} MB are kept in reserve"
        if state.f_files and state.f_favail < 100:
            return "no inodes left on the disk"
        return ""

    def _remove_orphans(self) -> None:
        """Files of messages that never got their 250, or were finished just before a crash."""
        try:
            for path in self._bodies.iterdir():
                known = path.name.isdigit() and store.load(self.reader, int(path.name)) is not None
                if not known:
                    path.unlink(missing_ok=True)
        except (OSError, sqlite3.Error) as error:
            raise SpoolBroken(path=self.directory, why=str(error)) from error


def _insert(message: Message, db: sqlite3.Connection) -> None:
    store.insert(db, message)


def _settle(
    mid: int,
    whole: bool,
    gone: Sequence[int],
    kept: Sequence[Recipient],
    notes: Sequence[Message],
    db: sqlite3.Connection,
) -> None:
    if whole:
        store.remove(db, mid)
    elif gone:
        store.remove_recipients(db, mid, gone)
    for recipient in kept:
        store.defer(db, mid, recipient)
    for note in notes:
        store.insert(db, note)


__all__ = ["Spool", "SpoolLimits", "Stage"]
