"""The person's terminal joined to a guest's serial line."""

from __future__ import annotations

import os
import select
import socket
import sys
import termios
import tty
from pathlib import Path

LEAVE = b"\x1d"  # Ctrl-]


def interact(line: socket.socket, log: Path) -> None:
    """Copy both ways, byte for byte, until Ctrl-], end of input, or the guest is gone. The guest's side is logged."""
    keyboard = sys.stdin.fileno()
    screen = sys.stdout.fileno()
    before = termios.tcgetattr(keyboard) if os.isatty(keyboard) else None
    try:
        if before:
            tty.setraw(keyboard)
        with log.open("ab") as record:
            while True:
                ready, _, _ = select.select([keyboard, line], [], [])
                if line in ready:
                    heard = line.recv(65536)
                    if not heard:
                        return
                    record.write(heard)
                    os.write(screen, heard)
                if keyboard in ready:
                    typed = os.read(keyboard, 4096)
                    if not typed or LEAVE in typed:
                        return
                    line.sendall(typed)
    finally:
        if before:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
