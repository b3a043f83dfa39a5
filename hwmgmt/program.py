"""Programs of others (smartctl, storcli), run with a deadline that holds.

`subprocess.run(timeout=…)` waits for the killed child, and a child that sits in an uninterruptible call to a
dying disk cannot be killed: then the caller hangs with it. Here the child is left behind instead, and the
answer is "timeout".
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hwmgmt.reading import Reading, Reason, failed, known, missing

# More than any report of a disk or controller; what is longer is not one.
LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left: its exit status and its standard output."""

    status: int
    output: str
    complaint: str = ""


class Runner(Protocol):
    """Runs `words` and answers within about `deadline` seconds."""

    def __call__(self, words: Sequence[str], /, *, deadline: float) -> Reading[Finished]: ...


def run(words: Sequence[str], /, *, deadline: float) -> Reading[Finished]:
    """Run a program without a shell. Absent, denied and timeout are reasons, never exceptions."""
    program = shutil.which(words[0])
    if program is None:
        return missing(Reason.ABSENT, f"{words[0]} is not installed")
    try:
        child = subprocess.Popen(
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
    except OSError as error:
        return failed(error, program)
    try:
        out, complaint = child.communicate(timeout=deadline)
    except subprocess.TimeoutExpired:
        child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.communicate(timeout=0.5)
        return missing(Reason.TIMEOUT, f"{' '.join(words)}: no answer in {deadline:g} s")
    if len(out) > LIMIT:
        return missing(Reason.MALFORMED, f"{words[0]} printed more than {LIMIT} bytes")
    return known(
        Finished(
            child.returncode, out.decode("utf-8", "replace"), complaint.decode("utf-8", "replace").strip()
        )
    )
