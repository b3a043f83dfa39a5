"""What the upgrade at work says, for whoever looks: it goes on whether somebody looks or not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from hwmgmt.ipmi.noise import judge
from upgrade.journal import Event, Kind

LOOK = 0.5  # seconds


class Progress:
    """A file of lines in /run: written by the upgrade, read by those who follow it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "progress"

    def begin(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("")

    def tell(self, text: str) -> None:
        """A line. Noise of IPMI is labelled as what it is (U15)."""
        line = judge(text, upgrading=True).label(text)
        print(line, flush=True)  # the unit's: it goes to the journal
        with self._path.open("a") as file:
            file.write(f"{line}\n")

    def follow(self, events: Callable[[], tuple[Event, ...]], say: Callable[[str], None]) -> Event:
        """Say what comes until the upgrade ends or reboots; the event it ended with."""
        shown = 0
        while True:
            last = events()[-1]
            lines = self._path.read_text().splitlines()
            for line in lines[shown:]:
                say(line)
            shown = len(lines)
            if last.kind not in (Kind.STARTED, Kind.STEP) or last.detail == "reboot":
                return last
            time.sleep(LOOK)
