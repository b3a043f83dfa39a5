"""Looking into the queue: which messages, and what is known about each.

Runs in a thread, on a connection of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.queue import store
from gateway.queue.message import Stage


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages. Everything given has to hold; nothing given is all.

    Attributes:
        mids: exactly these.
        sender, recipient, subject: contained, whatever the case.
        domain: of a recipient, exactly.
        older: seconds in the queue at least.
        stage: of a recipient.
    """

    mids: tuple[int, ...] = ()
    sender: str = ""
    recipient: str = ""
    domain: str = ""
    subject: str = ""
    older: float = 0.0
    stage: Stage | None = None

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Selection:
        """From a request. Raises TypeError, ValueError for what is none."""
        known = {name: value[name] for name in cls.__slots__ if value.get(name) is not None}
        if "mids" in known:
            known["mids"] = tuple(int(mid) for mid in known["mids"])
        if "stage" in known:
            known["stage"] = Stage[str(known["stage"]).upper()]
        return cls(**known)


def _where(selection: Selection, now: float) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if selection.mids:
        conditions.append(f"mid IN ({','.join('?' * len(selection.mids))})")
        values += selection.mids
    for column in ("sender", "subject"):
        if text := getattr(selection, column):
            conditions.append(f"{column} LIKE ? ESCAPE '\\'")
            values.append(_like(text))
    if selection.older:
        conditions.append("received<=?")
        values.append(now - selection.older)
    inner: list[str] = []
    inner_values: list[Any] = []
    if selection.domain:
        inner.append("domain=?")
        inner_values.append(selection.domain.lower())
    if selection.recipient:
        inner.append("address LIKE ? ESCAPE '\\'")
        inner_values.append(_like(selection.recipient))
    if selection.stage is not None:
        inner.append("stage=?")
        inner_values.append(int(selection.stage))
    if inner:
        conditions.append(f"mid IN (SELECT mid FROM recipient WHERE {' AND '.join(inner)})")
        values += inner_values
    return (" WHERE " + " AND ".join(conditions) if conditions else ""), values


def _like(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A reading connection to a spool's file, for one thread."""
    db = store.connect(path, readonly=True)
    try:
        yield db
    finally:
        db.close()


def mids(path: Path, selection: Selection, now: float) -> list[int]:
    """The MIDs of a selection, in order."""
    where, values = _where(selection, now)
    with opened(path) as db:
        return [row[0] for row in db.execute(f"SELECT mid FROM message{where} ORDER BY mid", values)]


def rows(path: Path, selection: Selection, now: float, limit: int) -> dict[str, Any]:
    """Messages of a selection, `limit` at most, with a line's worth of facts; and how many there are."""
    where, values = _where(selection, now)
    with opened(path) as db:
        count = db.execute(f"SELECT count(*) FROM message{where}", values).fetchone()[0]
        found = db.execute(
            "SELECT mid, sender, received, size, listener, subject,"
            " (SELECT group_concat(address, ' ') FROM recipient r WHERE r.mid=message.mid),"
            " (SELECT max(attempts) FROM recipient r WHERE r.mid=message.mid),"
            " (SELECT min(due) FROM recipient r WHERE r.mid=message.mid),"
            " (SELECT response FROM recipient r WHERE r.mid=message.mid AND response<>'' LIMIT 1)"
            f" FROM message{where} ORDER BY mid LIMIT ?",
            [*values, limit],
        ).fetchall()
    names = ("mid", "sender", "received", "size", "listener", "subject", "recipients", "attempts", "due")
    messages = [dict(zip((*names, "response"), row, strict=True)) for row in found]
    for message in messages:
        message["recipients"] = (message["recipients"] or "").split(" ")
        message["response"] = message["response"] or ""
    return {"count": count, "messages": messages}


def waiting(path: Path) -> dict[str, int]:
    """Recipients per domain."""
    with opened(path) as db:
        return dict(db.execute("SELECT domain, count(*) FROM recipient GROUP BY domain").fetchall())
