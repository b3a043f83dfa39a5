"""A person at a real pty."""

from __future__ import annotations

import os
import re
import sys
import time

import pexpect

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")
PROMPT = "mail.example.com> "


class Person:
    """Reads what is on the screen, without carriage returns and escape sequences, and types."""

    def __init__(self, module: str, *words: str, terminal: str = "dumb", rows: int = 24) -> None:
        environment = {**os.environ, "TERM": terminal, "TZ": "UTC", "LC_ALL": "C.UTF-8", "CI": ""}
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", module, *words],
            env=environment,
            dimensions=(rows, 80),
            encoding="utf-8",
            timeout=30,
        )
        self.seen = ""
        self.terminal = terminal

    def wait(self, end: str, seconds: float = 30) -> str:
        """Until the screen ends with this; what was shown since the last time."""
        until = time.monotonic() + seconds
        while not self._plain().endswith(end):
            assert time.monotonic() < until, f"no {end!r} at the end of:\n{self._plain()}"
            try:
                self.seen += self.child.read_nonblocking(65536, 0.2)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                assert self._plain().endswith(end), f"ended without {end!r}:\n{self._plain()}"
        shown, self.seen = self._plain(), ""
        return shown

    def type(self, text: str) -> None:
        self.child.send(text + "\r")

    def close(self) -> None:
        self.child.close(force=True)

    def _plain(self) -> str:
        return ESCAPES.sub("", self.seen).replace("\r", "")
