"""Counters that all workers share: recipients per hour and the like, over all listeners (G1).

The incumbent counts per sender over all listeners, and our workers are processes. Each worker has a file of
its own in one directory (on tmpfs), which all map. **Only its worker writes it; everybody reads all of
them**, and a count is the sum over the files. So nobody ever waits for anybody: there is no lock and no
system call on the hot path, a worker that dies leaves nothing held, and its successor takes its file over,
counts included.

The other ways, and why not: a lock around one table makes every worker wait while the holder is descheduled;
an owner process behind a socket costs two context switches per recipient and one more thing that can be down.

What it costs: two workers that look at the same instant both see room for the last recipient, so a limit can
be passed by as many recipients as there are workers in that instant. A limit per hour does not care. And the
tables are finite: in a neighbourhood that is full the oldest count is forgotten, which takes more than 65,000
peers in an hour on one worker.

A file is a hash table with entries of 16 octets: the key (64 bits, never 0) and a value (64 bits). Both are
aligned, so that reading or writing one of them cannot tear. A value of `Windows` packs the number of the
present window and the counts of this and the previous one; together they make a sliding window: this one's
count, and of the previous one's the share that the window still covers. To give an entry to another key, its
worker sets the value to 0 first; a reader that comes in between misreads one count, once.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from hashlib import blake2b
from pathlib import Path

from mailward.errors import Failed

SLOTS = 65_536  # entries per worker: 1 MiB each
PROBES = 8
_ENTRY = 16
_MAX_COUNT = (1 << 24) - 1
_WINDOW_MASK = 0xFFFF


class TableInUse(Failed):
    """Another process writes this worker's file."""

    key = "access.counters-in-use"
    sentence = "The shared counters {path} are written by another process"
    remedy = "give every worker a number of its own, and stop the old worker before its successor starts"


class NoCounters(Failed):
    """The shared counters cannot be set up."""

    key = "access.no-counters"
    sentence = "Cannot set up the shared counters in {path}: {why}"
    remedy = "check that the folder is writable and its file system has a few megabytes left"


def key_of(kind: str, what: bytes) -> int:
    """The key under which `what` is counted as `kind`: 64 bits, never 0."""
    return int.from_bytes(blake2b(what, digest_size=8, person=kind.encode()[:16]).digest(), "little") or 1


class SharedTable:
    """A directory of per-worker tables: this worker's to write, all of them to read."""

    def __init__(
        self, directory: Path, worker: int, workers: int, *, slots: int = SLOTS, clear: bool = False
    ) -> None:
        """Open, and create where missing, the files of all workers.

        Args:
            worker: this worker's number, 0 <= worker < workers.
            slots: entries per worker, a power of two; the same for all.
            clear: empty this worker's own table (what a dead worker counted is no longer so).

        Raises:
            TableInUse: another process has this number.
            NoCounters: the directory cannot be written, or its file system is full.
        """
        self._mask = slots - 1
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._maps = [
                self._open(directory / str(number), slots, number == worker) for number in range(workers)
            ]
        except OSError as error:
            raise NoCounters(path=directory, why=(error.strerror or str(error)).lower()) from error
        self._own = self._maps[worker]
        if clear:
            self._own[:] = memoryview(bytes(slots * _ENTRY)).cast("Q")

    def _open(self, path: Path, slots: int, own: bool) -> memoryview:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if own:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise TableInUse(path=path) from error
                self._lock = os.dup(descriptor)  # holds the lock for as long as this object lives
            # Claimed now: a file with holes would kill its writer (SIGBUS) when the file system is full.
            os.posix_fallocate(descriptor, 0, slots * _ENTRY)
            return memoryview(mmap.mmap(descriptor, slots * _ENTRY)).cast("Q")
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let another process have this worker's number."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)  # mmap has descriptors of its own, so closing is not enough
        os.close(self._lock)

    def _find(self, view: memoryview, key: int) -> int:
        """Where the value of `key` is in a table; -1 if it is not there.

        No entry lies behind an empty one: `store` takes the first with the least value, and empty is least.
        """
        mask = self._mask
        for probe in range(PROBES):
            place = ((key + probe) & mask) << 1
            found = view[place]
            if found == key:
                return place + 1
            if not found:
                return -1
        return -1

    def own(self, key: int) -> int:
        """This worker's value of `key`, 0 if it has none."""
        place = self._find(self._own, key)
        return self._own[place] if place > 0 else 0

    def values(self, key: int) -> list[int]:
        """The values of `key` in all workers' tables, those without it left out."""
        return [view[place] for view in self._maps if (place := self._find(view, key)) > 0]

    def store(self, key: int, value: int) -> None:
        """Set this worker's value of `key`; without room the least among the candidates goes."""
        view = self._own
        place = self._find(view, key)
        if place > 0:
            view[place] = value
            return
        places = (((key + probe) & self._mask) << 1 for probe in range(PROBES))
        place = min(places, key=lambda candidate: view[candidate + 1])
        view[place + 1] = 0
        view[place] = key
        view[place + 1] = value


class Windows:
    """Counts per sliding window over all workers.

    The count is exact for a steady stream; a burst in the previous window fades out evenly.
    """

    def __init__(self, table: SharedTable) -> None:
        self._table = table

    def count(self, key: int, interval: int, now: float) -> int:
        """How much came under `key` in the last `interval` seconds. `now`: seconds of CLOCK_MONOTONIC."""
        window, passed = divmod(now, interval)
        number = int(window) & _WINDOW_MASK
        before = (number - 1) & _WINDOW_MASK
        left = 1.0 - passed / interval
        total = 0.0
        for value in self._table.values(key):
            stored = value >> 48
            if stored == number:
                total += (value & _MAX_COUNT) + ((value >> 24) & _MAX_COUNT) * left
            elif stored == before:
                total += (value & _MAX_COUNT) * left
        return round(total)

    def add(self, key: int, amount: int, interval: int, now: float) -> None:
        """Count `amount` more under `key`."""
        number = int(now // interval) & _WINDOW_MASK
        value = self._table.own(key)
        stored, previous, present = value >> 48, (value >> 24) & _MAX_COUNT, value & _MAX_COUNT
        if stored != number:
            previous = present if stored == (number - 1) & _WINDOW_MASK else 0
            present = 0
        present = min(present + amount, _MAX_COUNT)
        self._table.store(key, number << 48 | previous << 24 | present)


class Gauges:
    """Things that are so at present (open connections), summed over all workers."""

    def __init__(self, table: SharedTable) -> None:
        """`table`: opened with `clear`, for a new worker has none of its predecessor's connections."""
        self._table = table

    def count(self, key: int) -> int:
        return sum(self._table.values(key))

    def up(self, key: int) -> None:
        self._table.store(key, self._table.own(key) + 1)

    def down(self, key: int) -> None:
        if value := self._table.own(key):
            self._table.store(key, value - 1)
