"""The upgrade's journal: what was done, written down before the next thing is done.

JSON lines on `var`, only ever appended to and synced, each line with a checksum. A power cut leaves a last line
without its end: it was not written. Damage anywhere else is refused, not guessed around.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from mailward.durable import sync_folder
from mailward.errors import Failed
from upgrade.catalogue.release import Part, VersionText

JOURNAL = Path("/var/lib/mailward/upgrade/journal")
MAX_BYTES = 16 << 20  # some hundred bytes an event: a hundred thousand of them
MAX_TEXT = 2000


class Kind(StrEnum):
    """What happened. `STARTED` opens an attempt; those after `STEP` close it."""

    STARTED = "started"
    STEP = "step"
    COMMITTED = "committed"
    ROLLED_BACK = "rolled-back"
    CANCELLED = "cancelled"
    FAILED = "failed"


class JournalDamaged(Failed):
    key = "upgrade.journal.damaged"
    sentence = "the upgrade journal {path} is damaged in line {line}: {problem}"
    remedy = (
        "Nothing is upgraded while it is not known what an earlier upgrade did. Look at the file; if it cannot be "
        "repaired, move it away: the memory of earlier attempts is lost with it"
    )


class JournalFailed(Failed):
    key = "upgrade.journal.failed"
    sentence = "the upgrade journal {path} cannot be {done}: {problem}"
    remedy = "See to the file system of {path}, and start again"


class OutOfOrder(Failed):
    """An event that cannot follow those before it; nothing was written."""

    key = "upgrade.journal.order"
    sentence = "{kind} cannot be written to the upgrade journal: {problem}"


class Event(Part):
    """One line. `detail` is the step's name, or the reason; `forced` is about `STARTED`.

    `facts` is what later steps, perhaps those of another release after the reboot, have to know of it.
    """

    at: AwareDatetime
    kind: Annotated[Kind, BeforeValidator(lambda value: Kind(value) if isinstance(value, str) else value)]
    source: VersionText
    target: VersionText
    detail: str = ""
    forced: bool = False
    facts: dict[str, str] = Field(default_factory=dict)


def to_line(event: Event) -> bytes:
    """The event's line, its end included. A `detail` that is too long is cut."""
    short = event.model_copy(update={"detail": event.detail[:MAX_TEXT]})
    content = short.model_dump(mode="json")
    body = _dump(content)
    return _dump({**content, "sum": zlib.crc32(body)}) + b"\n"


def _dump(content: dict[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def _from_line(line: bytes) -> Event:
    """Raises ValueError."""
    content = json.loads(line)
    if not isinstance(content, dict) or "sum" not in content:
        raise ValueError("it is not an event")
    found = content.pop("sum")
    if found != zlib.crc32(_dump(content)):
        raise ValueError("its checksum is wrong")
    return Event.model_validate_json(json.dumps(content))


def parse(raw: bytes, path: Path = JOURNAL) -> tuple[Event, ...]:
    """The events in a journal's bytes, oldest first. Raises `JournalDamaged`."""
    *lines, _torn = raw.split(b"\n")
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        try:
            event = _from_line(line)
        except ValidationError as error:
            raise JournalDamaged(path=path, line=number, problem="it is not an event") from error
        except (ValueError, RecursionError) as error:  # bytes that are no text are a ValueError too
            raise JournalDamaged(path=path, line=number, problem=str(error)) from error
        if problem := misfit(events[-1] if events else None, event):
            raise JournalDamaged(path=path, line=number, problem=problem)
        events.append(event)
    return tuple(events)


def misfit(last: Event | None, event: Event) -> str:
    """Why `event` cannot follow `last`; empty if it can."""
    running = last is not None and last.kind in (Kind.STARTED, Kind.STEP)
    if event.kind is Kind.STARTED:
        return "another upgrade is not finished" if running else ""
    if last is None or not running:
        return "no upgrade is under way"
    same = (event.source, event.target) == (last.source, last.target)
    return "" if same else f"the upgrade under way is that from {last.source} to {last.target}"


class Journal:
    """The file. One that is not there is an empty journal."""

    def __init__(self, path: Path = JOURNAL) -> None:
        self.path = path

    def read(self) -> tuple[Event, ...]:
        """All events, oldest first. Raises `JournalDamaged`, `JournalFailed`."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._failed("read", error) from error
        if len(raw) > MAX_BYTES:
            raise JournalFailed(path=self.path, done="read", problem=f"it is larger than {MAX_BYTES} bytes")
        return parse(raw, self.path)

    def append(self, event: Event) -> None:
        """Write `event`; it is on the disk when this returns.

        Raises `OutOfOrder` if it cannot follow the last one, and what `read` raises.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failed("opened", error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            events = self.read()
            if problem := misfit(events[-1] if events else None, event):
                raise OutOfOrder(kind=event.kind, problem=problem)
            # Whatever a cut left after the last whole line goes, or it would become damage in the middle.
            size = os.fstat(handle).st_size
            whole = os.pread(handle, size, 0).rfind(b"\n") + 1
            if whole < size:
                os.ftruncate(handle, whole)
            line = to_line(event)
            if os.write(handle, line) < len(line):
                raise JournalFailed(
                    path=self.path, done="written", problem="there is no room for a whole line"
                )
            os.fsync(handle)
            sync_folder(self.path.parent)
        except OSError as error:
            raise self._failed("written", error) from error
        finally:
            os.close(handle)

    def _failed(self, done: str, error: OSError) -> JournalFailed:
        return JournalFailed(path=self.path, done=done, problem=error.strerror or str(error))
