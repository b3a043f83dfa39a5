"""What is in the queue, read from the disk while the service rests: nothing may be missing after an upgrade."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from gateway.queue import store
from gateway.queue.errors import SpoolBroken

_DIGEST_BITS = 256


def census(spool: Path) -> tuple[int, str]:
    """How many messages, and a digest over each one's number, recipients and stage.

    The digest is the sum of one hash per recipient, so it does not depend on which worker has what. Raises
    SpoolBroken.
    """
    messages = total = 0
    for path in sorted(spool.glob("worker*/queue.sqlite")):
        db = store.connect(path, readonly=True)
        try:
            messages += store.totals(db)[0]
            for row in db.execute("SELECT mid, rid, address FROM recipient"):
                digest = hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest()
                total += int.from_bytes(digest)
        except sqlite3.Error as error:
            raise SpoolBroken(path=path, why=str(error)) from error
        finally:
            db.close()
    return messages, f"{total % (1 << _DIGEST_BITS):064x}"
