"""Readers side by side: a thread each, and none of them can hold up the caller.

For what nobody can bound from outside, such as a file of sysfs behind which a driver waits for a dead chip.
Such a thread is left behind (it holds up neither the answer nor the end of the process), and its reading is a
timeout.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from hwmgmt.reading import Reading, Reason, failed, missing

T = TypeVar("T")


def start(work: Callable[[], Reading[T]]) -> Callable[[float], Reading[T]]:
    """Start `work`; the answer is a function that waits for its reading, so many seconds at most.

    An OSError that `work` lets through becomes its reading; anything else is a defect, shows its traceback on
    standard error, and reads as malformed.
    """
    box: list[Reading[T]] = []

    def run() -> None:
        try:
            box.append(work())
        except OSError as error:
            box.append(failed(error, error.filename or ""))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def wait(seconds: float) -> Reading[T]:
        thread.join(seconds)
        if box:
            return box[0]
        if thread.is_alive():
            return missing(Reason.TIMEOUT, "no answer within the deadline of the whole")
        return missing(Reason.MALFORMED, "the reader broke off")

    return wait
