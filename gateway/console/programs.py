"""Programs the console runs for people: ping, tcpdump. By argument list, never through a shell, and without root's
rights wherever they need none.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.console.errors import ProgramFailed

NOBODY = "nobody"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Done:
    """Exit status and what was printed, both streams together."""

    status: int
    output: str


class Programs(Protocol):
    """`collect` runs a program to its end; `stream` hands over its lines as they come, until Ctrl-C; `attach` gives it
    the terminal, with root's rights.
    """

    def collect(self, words: Sequence[str], *, deadline: float = 60, root: bool = False) -> Done: ...

    def stream(self, words: Sequence[str], line: Callable[[str], None], *, root: bool = False) -> int: ...

    def attach(self, words: Sequence[str]) -> int: ...


class RealPrograms:
    """Those of this machine. `root`: the program needs its rights, and is trusted with its arguments."""

    def collect(self, words: Sequence[str], *, deadline: float = 60, root: bool = False) -> Done:
        """Raises ProgramFailed if it is not there, cannot be started, or takes longer than `deadline` seconds."""
        with _started(words, root) as child:
            try:
                output, _ = child.communicate(timeout=deadline)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise ProgramFailed(program=words[0], why=f"no end within {deadline:g} s") from error
        return Done(child.returncode, output)

    def stream(self, words: Sequence[str], line: Callable[[str], None], *, root: bool = False) -> int:
        """Exit status; a program that is stopped by Ctrl-C ends well. Raises ProgramFailed."""
        with _started(words, root) as child:
            assert child.stdout is not None
            try:
                for text in child.stdout:
                    line(text.rstrip("\n"))
            except KeyboardInterrupt:
                child.send_signal(signal.SIGINT)
                for text in child.stdout:
                    line(text.rstrip("\n"))
        return child.returncode

    def attach(self, words: Sequence[str]) -> int:
        """Exit status. Raises ProgramFailed."""
        program = shutil.which(words[0], path=PATH)
        if program is None:
            raise ProgramFailed(program=words[0], why="it is not part of this system")
        # Ctrl-C is the program's. A handler of ours is gone behind exec; one that is ignored would stay so.
        before = signal.signal(signal.SIGINT, lambda number, frame: None)
        try:
            with subprocess.Popen([program, *words[1:]]) as child:
                return child.wait()
        finally:
            signal.signal(signal.SIGINT, before)


def _started(words: Sequence[str], root: bool) -> subprocess.Popen[str]:
    program = shutil.which(words[0], path=PATH)
    if program is None:
        raise ProgramFailed(program=words[0], why="it is not part of this system")
    drop = not root and os.geteuid() == 0
    try:
        return subprocess.Popen(
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={"PATH": PATH, "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # Ctrl-C comes to the console, which passes it on
            user=NOBODY if drop else None,
            group="nogroup" if drop else None,
            extra_groups=[] if drop else None,
        )
    except OSError as error:
        raise ProgramFailed(program=words[0], why=(error.strerror or str(error)).lower()) from error
