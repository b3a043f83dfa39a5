"""Starts the programs that the system is told with."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Protocol

from gateway.apply.errors import UnitFailed

DEADLINE = 90.0  # seconds: a restart that takes longer has failed
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class Programs(Protocol):
    def run(self, words: Sequence[str], /) -> None:
        """Raises UnitFailed. A program with a dash before its name may fail, as in systemd.service(5)."""


class SystemPrograms:
    """Those of this machine."""

    def run(self, words: Sequence[str]) -> None:
        may_fail = words[0].startswith("-")
        command = [words[0].removeprefix("-"), *words[1:]]
        shown = " ".join(command)
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=DEADLINE,
                env=_ENVIRONMENT,
                check=False,
            )
        except FileNotFoundError as error:
            raise UnitFailed(command=shown, status=127, said="it is not part of this system") from error
        except subprocess.TimeoutExpired as error:
            raise UnitFailed(command=shown, status=-1, said=f"no end within {DEADLINE:.0f} s") from error
        if done.returncode and not may_fail:
            raise UnitFailed(command=shown, status=done.returncode, said=done.stdout.strip() or "nothing")
