"""Nested, timed progress for work that takes long enough to be watched.

    with step("Building image"):
        with step("Fetching packages"):
            ...

prints ``‣ Building image…``, ``  ‣ Fetching packages…``, ``  ✓ Fetching packages (12.3 s)``.
While an exception unwinds, the steps around the culprit are marked as left, so that the last line stands out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

_depth: ContextVar[int] = ContextVar("_depth", default=0)


def _mark(fancy: str, plain: str, stream: TextIO) -> str:
    encoding = (stream.encoding or "ascii").lower()
    return fancy if encoding.startswith("utf") else plain


def say(text: str, *, stream: TextIO | None = None) -> None:
    """One line at the present depth."""
    out = stream or sys.stderr
    print("  " * _depth.get() + text, file=out, flush=True)


@contextmanager
def step(
    title: str, *, clock: Callable[[], float] = time.monotonic, stream: TextIO | None = None
) -> Iterator[None]:
    """Announce `title`, run the body one level deeper, then say how long it took (seconds)."""
    out = stream or sys.stderr
    say(f"{_mark('‣', '>', out)} {title}…", stream=out)
    token = _depth.set(_depth.get() + 1)
    started = clock()
    try:
        yield
    except BaseException:
        _depth.reset(token)
        say(f"{_mark('✗', 'x', out)} ({title} left after {clock() - started:.1f} s)", stream=out)
        raise
    _depth.reset(token)
    say(f"{_mark('✓', '+', out)} {title} ({clock() - started:.1f} s)", stream=out)
