"""Rollover of a log: the current file is renamed, writers open a new one with their next batch.

Names are the incumbent's: ``mail.current``, and ``mail.@20230822T101010.s`` for what is closed.
"""

from __future__ import annotations

import time
from pathlib import Path

SIZE = 100 << 20  # octets
KEEP = 10  # closed files


def roll_over(current: Path, now: float, *, size: int = SIZE, keep: int = KEEP, force: bool = False) -> bool:
    """Close the current file if it has grown past `size`, and remove the oldest closed ones. True if it
    did.
    """
    try:
        grown = current.stat().st_size
    except FileNotFoundError:
        return False
    if not grown or (grown < size and not force):
        return False
    stem = current.name.removesuffix(".current")
    while (closed := current.with_name(f"{stem}.@{_stamp(now)}.s")).exists():
        now += 1  # twice in a second: what was closed first is not overwritten
    current.rename(closed)
    for old in sorted(current.parent.glob(f"{stem}.@*.s"))[:-keep]:
        old.unlink(missing_ok=True)
    return True


def _stamp(now: float) -> str:
    return time.strftime("%Y%m%dT%H%M%S", time.localtime(now))
