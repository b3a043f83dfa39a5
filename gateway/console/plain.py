"""A terminal that can do nothing but show lines (`TERM=dumb`), and no terminal at all: lines from a pipe.

The kernel edits the line there, and there is no completion. This module imports nothing large.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from collections.abc import Sequence
from getpass import getpass

from gateway.console.errors import LoggedOut
from gateway.console.pager import Pager

GONE = "Nobody pressed a key for a while; you are logged out."


def write(text: str) -> None:
    """On the screen, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def screen_pager(idle: float) -> Pager:
    """The pager of the terminal this process has."""

    def size() -> tuple[int, int]:
        found = shutil.get_terminal_size((80, 24))
        return found.columns, found.lines

    return Pager(write, size, lambda: key(idle))


def key(idle: float) -> str:
    """One key, without Enter. Raises LoggedOut if none comes within `idle` seconds."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        _wait(descriptor, idle)
        return os.read(descriptor, 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _wait(descriptor: int, idle: float) -> None:
    if not select.select([descriptor], [], [], idle)[0]:
        raise LoggedOut(GONE)


class PlainTerminal:
    """Lines in, lines out. `idle` is how many seconds without a line end the session; None for a pipe, which has
    no pages either.
    """

    def __init__(self, idle: float | None) -> None:
        self._idle = idle
        self.pager = screen_pager(idle or 0)
        self.pager.paging = self.pages = idle is not None

    def line(self, prompt: str) -> str:
        """A command. Raises EOFError for Ctrl-D, LoggedOut."""
        write(prompt)
        if self._idle is not None:
            _wait(sys.stdin.fileno(), self._idle)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def read(self, prompt: str, *, secret: bool = False, choices: Sequence[str] = ()) -> str:
        """An answer in a dialogue; Ctrl-C and Ctrl-D both leave it."""
        self.pager.start(paging=self.pages)
        try:
            return getpass(prompt) if secret and self.pages else self.line(prompt)
        except EOFError as error:
            raise KeyboardInterrupt from error

    def write(self, text: str) -> None:
        self.pager.write(text)
