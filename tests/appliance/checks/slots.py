"""Slots and fetching on the appliance, one call per line of the test: prints one JSON line each.

fetch URL VERSION | install VERSION | look | inside VERSION | prefer VERSION | bad VERSION
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from mailward.errors import MailwardError
from mailward.version import Version
from upgrade.fetch.library import Library
from upgrade.publish.keys import TrustedKeys
from upgrade.slots.cli import document
from upgrade.slots.machine import MachineSlots

KEYS = TrustedKeys.load()
LIBRARY = Library(KEYS)
SLOTS = MachineSlots.here(KEYS)


class Seconds:
    """Adds up how long each kind of work took."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = time.monotonic()
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if self._what:
            self.spent[self._what] = round(self.spent.get(self._what, 0) + now - self._last, 1)
        self._what, self._last = what.split()[0], now

    def end(self) -> dict[str, float]:
        self(self._what, 0, 0)
        return self.spent


def fetch(source: str, version: str) -> dict[str, Any]:
    spent = Seconds()
    release = LIBRARY.fetch(source, Version.parse(version), spent)
    return {"folder": str(release.folder), "seconds": spent.end()}


def install(version: str) -> dict[str, Any]:
    spent = Seconds()
    release = next(one for one in LIBRARY.fetched() if str(one.version) == version)
    SLOTS.install(release, spent)
    return {"seconds": spent.end()}


def look() -> dict[str, Any]:
    return document(SLOTS.survey())


def inside(version: str) -> dict[str, Any]:
    with SLOTS.mounted_root(Version.parse(version)) as place:
        return {"release": (place / "usr/lib/os-release").read_text(), "ro": not _writable(place)}


def _writable(place: Path) -> bool:
    try:
        (place / "tmp/x").touch()
    except OSError:
        return False
    return True


def prefer(version: str) -> dict[str, Any]:
    SLOTS.prefer(Version.parse(version))
    return look()


def bad(version: str) -> dict[str, Any]:
    SLOTS.mark_bad(Version.parse(version))
    return look()


COMMANDS = {"fetch": fetch, "install": install, "look": look, "inside": inside, "prefer": prefer, "bad": bad}

if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    started = time.monotonic()
    try:
        answer: dict[str, Any] = COMMANDS[name](*rest)  # type: ignore[operator]
    except MailwardError as error:
        answer = error.to_dict()
    print(json.dumps({**answer, "took": round(time.monotonic() - started, 1)}))
