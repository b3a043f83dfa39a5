"""The programs of the initrd that the installer calls, each with a deadline in seconds."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from image.installer.live.errors import ProgramFailed


def output(argv: Sequence[str], *, deadline: float) -> str:
    """What it printed. Raises `ProgramFailed`."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=deadline, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(program=argv[0], status="none", said=f"no end within {deadline:.0f} s") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ProgramFailed(program=argv[0], status=done.returncode, said=said[-1] if said else "nothing")
    return done.stdout
