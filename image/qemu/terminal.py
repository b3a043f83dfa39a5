"""The person's terminal joined to a guest's serial line."""

from __future__ import annotations

import os
import select
import socket
import sys
import termios
import tty
from collections.abc import Callable

LEAVE = b"\x1d"  # Ctrl-]


def show(heard: bytes) -> None:
    """What the guest says, byte for byte: its escapes are for this terminal."""
    os.write(sys.stdout.fileno(), heard)


def type_into(line: socket.socket, gone: Callable[[], bool]) -> None:
    """Send what is typed, byte for byte, until Ctrl-], the end of the input, or the guest is `gone`."""
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard) if os.isatty(keyboard) else None
    try:
        if before:
            tty.setraw(keyboard)
        while not gone():
            if not select.select([keyboard], [], [], 0.3)[0]:
                continue
            typed = os.read(keyboard, 4096)
            if not typed or LEAVE in typed:
                return
            line.sendall(typed)
    finally:
        if before:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
