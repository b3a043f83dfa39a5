"""The steps of a commit on the disk, and what an interrupted one is made of at the next start.

1. old.xml   a copy of config.xml                   before 4: nothing happened
2. new.xml   the new text
3. commit    the stamp of the new one
4. config.xml becomes new.xml                       before 6: undone from old.xml
5. the applier makes the system follow
6. state     the stamp again: from here it counts   from here: finished
7. commit is removed, then old.xml
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from gateway.config.durable import Disk
from gateway.config.errors import NotApplied, NotUndone, StoreDamaged
from gateway.config.revision import Record, Stamp, dump, load
from mailward.errors import MailwardError

_REMEDY = "Move the file away: config.xml is then taken as it is"


class Recovered(StrEnum):
    """What became of a commit that was interrupted."""

    NOTHING = "nothing"
    UNDONE = "undone"
    FINISHED = "finished"


class Transaction:
    """config.xml and the files around it."""

    def __init__(self, folder: Path, inside: Path, disk: Disk) -> None:
        self._current = folder / "config.xml"
        self._inside = inside
        self._old = inside / "old.xml"
        self._new = inside / "new.xml"
        self._commit = inside / "commit"
        self._state = inside / "state"
        self._disk = disk

    def standing(self) -> tuple[Path, Stamp | None]:
        """Where the running configuration is, and its stamp if it was ever committed. Raises StoreDamaged."""
        stamp = self._counting()
        begun = self._begun()
        under_way = begun is not None and (stamp is None or stamp.number < begun.stamp.number)
        return (self._old if under_way and self._old.exists() else self._current), stamp

    def run(self, record: Record, text: bytes, forth: Callable[[], None], back: Callable[[], None]) -> None:
        """Make `text` config.xml, then go `forth`; if that does not end well, all is as before and `back` was called.

        Raises OSError, NotApplied, NotUndone.
        """
        before = self._counting()
        try:
            self._disk.create(self._old, self._current.read_bytes(), like=self._current)
            self._disk.create(self._new, text, like=self._current)
            self._disk.sync(self._inside)
            self._disk.write(self._commit, dump(record.to_dict()))
            self._disk.rename(self._new, self._current)
            forth()
            self.count(record.stamp)
        except MailwardError as error:
            self._back(before, back, error.explain())
            raise NotApplied() from error
        except BaseException as error:
            # A full disk, Ctrl-C, a mistake in the applier: whatever it was, the old one has to be in effect.
            self._back(before, back, str(error) or type(error).__name__)
            raise

    def count(self, stamp: Stamp) -> None:
        """From here on `stamp` is that of the running configuration. Raises OSError."""
        self._disk.write(self._state, dump(stamp.to_dict()))

    def close(self) -> None:
        """The commit is done with, or undone; its traces go. Raises OSError."""
        for path in (self._commit, self._old, self._new):
            if path.exists():
                self._disk.remove(path)

    def recover(self) -> tuple[Recovered, Record | None]:
        """What is to be done about a commit that did not end, with what is known of it; `close` when it is done.

        Of one that does not count config.xml is the old one already when this returns; the system may not follow it.
        """
        begun = self._begun()
        if begun is None:
            self.close()
            return Recovered.NOTHING, None
        stamp = self._counting()
        if stamp is not None and stamp.number >= begun.stamp.number:
            return Recovered.FINISHED, begun
        self._restore()
        return Recovered.UNDONE, begun

    def _restore(self) -> None:
        if self._old.exists():
            self._disk.rename(self._old, self._current)

    def _back(self, before: Stamp | None, back: Callable[[], None], why: str) -> None:
        begun = self._commit.exists()
        if begun:
            if self._counting() != before:  # written, and then its folder could not be synced
                self.count(before) if before else self._disk.remove(self._state)
            self._restore()
            try:
                back()
            except MailwardError as error:
                # `commit` stays: the next commit and the next start know that the system may follow neither.
                raise NotUndone(why=why) from error
        self.close()

    def _counting(self) -> Stamp | None:
        value = load(self._state, _REMEDY)
        try:
            return None if value is None else Stamp.from_dict(value)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreDamaged(path=self._state, why=f"it is not a stamp: {error}", remedy=_REMEDY) from error

    def _begun(self) -> Record | None:
        value = load(self._commit, _REMEDY)
        try:
            return None if value is None else Record.from_dict(value)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreDamaged(
                path=self._commit, why=f"it is not a commit: {error}", remedy=_REMEDY
            ) from error
