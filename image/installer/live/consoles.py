"""Every console at once, screen and serial line alike: what is said is said on all, what is typed on any counts."""

from __future__ import annotations

import os
import select
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WIDTH = 76
PROMPT = "[]> "


@dataclass
class Terminal:
    """A console. unread: what was typed and is not a whole line yet. gone: nobody is at the other end."""

    name: str
    fd: int
    unread: bytes = b""
    gone: bool = False

    def write(self, text: str) -> None:
        """A console that fails (a serial port without hardware, a line that hung up) is left out from then on."""
        data = text.encode()
        try:
            while data and not self.gone:
                data = data[os.write(self.fd, data) :]
        except OSError:
            self.gone = True

    def read(self) -> list[str]:
        """The lines that were completed by what there is to read now."""
        try:
            heard = os.read(self.fd, 4096)
        except OSError:
            heard = b""
        self.gone = not heard
        *lines, self.unread = (self.unread + heard).replace(b"\r", b"\n").split(b"\n")
        return [line.decode("utf-8", "replace").strip() for line in lines]


@dataclass
class Consoles:
    terminals: Sequence[Terminal]
    clock: Callable[[], float] = time.monotonic
    _asked: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        for terminal in self.terminals:
            terminal.write(text + "\n")

    def frame(self, text: str) -> None:
        """A message that must not be missed among others."""
        line = "*" * WIDTH
        self.say("\n  " + line)
        for row in text.splitlines():
            self.say(f"  {row}")
        self.say("  " + line + "\n")

    def ask(self, question: str, *, seconds: float | None = None) -> str | None:
        """The first line typed on any console after now; None if none came within `seconds`, or nobody is there."""
        self._forget()
        for terminal in self.terminals:
            terminal.write(f"{question}\n{PROMPT}")
        end = None if seconds is None else self.clock() + seconds
        while live := [terminal for terminal in self.terminals if not terminal.gone]:
            left = None if end is None else max(0.0, end - self.clock())
            ready, _, _ = select.select([terminal.fd for terminal in live], [], [], left)
            if not ready:
                break
            for terminal in live:
                if terminal.fd in ready and (lines := terminal.read()):
                    self._echo(terminal, lines[0])
                    return lines[0]
        self.say()
        return None

    def _forget(self) -> None:
        """What was typed before the question is no answer to it: least of all to the one about erasing."""
        for terminal in self.terminals:
            terminal.unread = b""
            if os.isatty(terminal.fd):
                termios.tcflush(terminal.fd, termios.TCIFLUSH)

    def _echo(self, speaker: Terminal, line: str) -> None:
        for terminal in self.terminals:
            if terminal is not speaker:
                terminal.write(f"{line}   (typed on {speaker.name})\n")


def open_all(root: Path = Path("/")) -> Consoles:
    """The consoles of the kernel's command line. One that cannot be opened is left out."""
    names = (root / "sys/class/tty/console/active").read_text().split()
    found = []
    for name in names:
        try:
            fd = os.open(root / "dev" / name, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            continue
        if os.isatty(fd):
            _cooked(fd)
        found.append(Terminal(name, fd))
    return Consoles(found)


def _cooked(fd: int) -> None:
    """Line editing and echo are the terminal driver's; Ctrl-C and Ctrl-\\ stop nothing."""
    mode = termios.tcgetattr(fd)
    mode[0] |= termios.ICRNL
    mode[1] |= termios.OPOST | termios.ONLCR
    mode[3] |= termios.ICANON | termios.ECHO | termios.ECHOE
    mode[3] &= ~termios.ISIG
    termios.tcsetattr(fd, termios.TCSANOW, mode)
