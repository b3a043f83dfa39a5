"""What the tests of this folder begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.config import xml
from gateway.config.elements.listener import Listener
from gateway.config.model import Config
from gateway.config.store import Store
from mailward.errors import Failed

BEGIN = Config(
    hostname="mx.example.com", listeners=[Listener(listener_name="InboundMail", interface_name="Management")]
)


class Refused(Failed):
    key = "test.refused"
    sentence = "the network does not take it"


class Clock:
    """A minute later each time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


class Applied:
    """An applier that remembers, and refuses configurations it is told to."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.calls: list[tuple[str | None, str]] = []

    def apply(self, old: Config | None, new: Config) -> None:
        self.calls.append((old.hostname if old else None, new.hostname))
        if new.hostname == self.refuses:
            raise Refused()


def store(folder: Path) -> Store:
    """A store whose running configuration is `BEGIN`."""
    if not (folder / "config.xml").exists():
        (folder / "config.xml").write_bytes(xml.dumps(BEGIN))
    return Store(folder, Clock())
