"""The spool's SQL: plain synchronous calls on one SQLite file, nothing about threads or loops."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from gateway.queue.errors import SpoolBroken
from gateway.queue.message import Message, Recipient, Stage, Traits

VERSION = 1
PAGE = 8192  # octets: larger ones write more for every small change, smaller ones chain more for a large body
CACHE = 16384  # KiB
CHECKPOINT = 4096  # pages in the WAL before it is folded back: 32 MB

_INSERT_MESSAGE = "INSERT INTO message VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_RECIPIENT = "INSERT INTO recipient VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
_MESSAGE = "SELECT mid,sender,received,size,icid,listener,traits,ret,envid,subject,client FROM message"
_RECIPIENT = (
    "SELECT mid,rid,address,domain,stage,due,attempts,notify,orcpt,response,route,notices FROM recipient"
)


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection for one user at a time, whichever thread that is in.

    Raises SpoolBroken if the file cannot be opened, is no spool, or is of a later release.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        if readonly:
            db.execute("PRAGMA query_only=1")
            db.execute(f"PRAGMA cache_size=-{CACHE // 4}")
            return db
        db.execute(f"PRAGMA page_size={PAGE}")
        db.execute("PRAGMA journal_mode=WAL")
        # A 250 is a promise: the WAL is on the disk before it is given.
        db.execute("PRAGMA synchronous=FULL")
        # Debian's SQLite writes zeros over whatever is deleted: every message would be written twice.
        db.execute("PRAGMA secure_delete=OFF")
        db.execute(f"PRAGMA cache_size=-{CACHE}")
        db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
        db.execute(f"PRAGMA journal_size_limit={2 * CHECKPOINT * PAGE}")
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise SpoolBroken(path=path, why=f"its format {version} is newer than this release's {VERSION}")
        if version < VERSION:
            # Not each time: a service that cannot write, on a full disk, still has mail to deliver.
            db.executescript(files("gateway.queue").joinpath("schema.sql").read_text())
            db.execute(f"PRAGMA user_version={VERSION}")
    except sqlite3.Error as error:
        raise SpoolBroken(path=path, why=str(error)) from error
    return db


def insert(db: sqlite3.Connection, message: Message) -> None:
    """Add a message, its recipients and, if it is in memory, its body."""
    m = message
    db.execute(
        _INSERT_MESSAGE,
        (
            m.mid,
            m.sender,
            m.received,
            m.size,
            m.icid,
            m.listener,
            int(m.traits),
            m.ret,
            m.envid,
            m.subject,
            m.client,
        ),
    )
    if isinstance(m.body, bytes):
        db.execute("INSERT INTO body VALUES (?,?)", (m.mid, m.body))
    rows = [_row(m.mid, r) for r in m.recipients]
    if len(rows) == 1:
        db.execute(_INSERT_RECIPIENT, rows[0])
    else:
        db.executemany(_INSERT_RECIPIENT, rows)


def remove(db: sqlite3.Connection, mid: int) -> None:
    """Forget a message whole."""
    db.execute("DELETE FROM recipient WHERE mid=?", (mid,))
    db.execute("DELETE FROM body WHERE mid=?", (mid,))
    db.execute("DELETE FROM message WHERE mid=?", (mid,))


def remove_recipients(db: sqlite3.Connection, mid: int, rids: Iterable[int]) -> None:
    """Forget some recipients; the message stays."""
    db.executemany("DELETE FROM recipient WHERE mid=? AND rid=?", [(mid, rid) for rid in rids])


def defer(db: sqlite3.Connection, mid: int, recipient: Recipient) -> None:
    """Keep a recipient's next attempt and last response."""
    db.execute(
        "UPDATE recipient SET due=?,attempts=?,response=?,stage=?,route=?,notices=? WHERE mid=? AND rid=?",
        (
            recipient.due,
            recipient.attempts,
            recipient.response,
            int(recipient.stage),
            recipient.route,
            recipient.notices,
            mid,
            recipient.rid,
        ),
    )


def domains(db: sqlite3.Connection, stage: Stage) -> Iterator[tuple[str, int, float]]:
    """Every domain with recipients in `stage`: name, how many, earliest due."""
    yield from db.execute(
        "SELECT domain, count(*), min(due) FROM recipient WHERE stage=? GROUP BY domain", (int(stage),)
    )


def due(
    db: sqlite3.Connection, domain: str, now: float, limit: int, after: tuple[float, int] = (-1.0, 0)
) -> list[tuple[int, float]]:
    """Messages with a recipient in `domain` ready by `now`: MID and when it was due, longest wait first.

    `after`: when the last one of the page before was due, and its MID.
    """
    return db.execute(
        "SELECT mid, due FROM recipient WHERE stage=1 AND domain=? AND due<=? AND (due, mid) > (?, ?)"
        " ORDER BY due, mid LIMIT ?",
        (domain, now, *after, limit),
    ).fetchall()


def earliest(db: sqlite3.Connection, domain: str, after: float) -> float | None:
    """When the next recipient in `domain` is due later than `after`; None if there is none."""
    row = db.execute(
        "SELECT min(due) FROM recipient WHERE stage=1 AND domain=? AND due>?", (domain, after)
    ).fetchone()
    return None if row[0] is None else float(row[0])


def older(db: sqlite3.Connection, received: float, after: int, limit: int) -> list[int]:
    """MIDs above `after` of messages received before `received`, in order."""
    rows = db.execute(
        "SELECT mid FROM message WHERE received<? AND mid>? ORDER BY mid LIMIT ?", (received, after, limit)
    )
    return [row[0] for row in rows]


def load(db: sqlite3.Connection, mid: int) -> Message | None:
    """A message and all its recipients, without the body; None if there is no such message."""
    row = db.execute(f"{_MESSAGE} WHERE mid=?", (mid,)).fetchone()
    if row is None:
        return None
    message = _message(row)
    message.recipients = [_recipient(r) for r in db.execute(f"{_RECIPIENT} WHERE mid=? ORDER BY rid", (mid,))]
    return message


def content(db: sqlite3.Connection, mid: int) -> bytes | None:
    """The body if it is in the database, None if it is a file (or there is no message)."""
    row = db.execute("SELECT content FROM body WHERE mid=?", (mid,)).fetchone()
    return None if row is None else bytes(row[0])


def mids(db: sqlite3.Connection, stage: Stage, after: int, limit: int) -> list[int]:
    """MIDs above `after` with a recipient in `stage`, in order."""
    rows = db.execute(
        "SELECT DISTINCT mid FROM recipient WHERE stage=? AND mid>? ORDER BY mid LIMIT ?",
        (int(stage), after, limit),
    )
    return [row[0] for row in rows]


def totals(db: sqlite3.Connection) -> tuple[int, int]:
    """How many messages, and their octets."""
    count, size = db.execute("SELECT count(*), coalesce(sum(size), 0) FROM message").fetchone()
    return int(count), int(size)


def _message(row: tuple[int, str, float, int, int, str, int, str, str, str, str]) -> Message:
    mid, sender, received, size, icid, listener, traits, ret, envid, subject, client = row
    kind = Traits(traits)
    return Message(
        mid, sender, received, size, None, icid, listener, kind, ret, envid, subject, client=client
    )


def _row(mid: int, r: Recipient) -> tuple[int, int, str, str, int, float, int, str, str, str, str, int]:
    return (
        mid,
        r.rid,
        r.address,
        r.domain,
        int(r.stage),
        r.due,
        r.attempts,
        r.notify,
        r.orcpt,
        r.response,
        r.route,
        r.notices,
    )


def _recipient(row: tuple[int, int, str, str, int, float, int, str, str, str, str, int]) -> Recipient:
    _, rid, address, domain, stage, when, attempts, notify, orcpt, response, route, notices = row
    return Recipient(
        rid, address, domain, when, attempts, notify, orcpt, response, Stage(stage), route, notices
    )
