"""What the sequence touches of the world, so that a test can stand in for all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hwmgmt.net.guard import Verdict
from mailward.version import Version
from upgrade.configuration import ConfigurationStore
from upgrade.gate.checks import Host
from upgrade.journal import Journal
from upgrade.mailservice import MailService
from upgrade.preflight.check import Moment, Report
from upgrade.sequence.order import Order
from upgrade.slots.protocol import FetchedRelease, Fetcher, Slots
from upgrade.snapshot import Copies


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configuration that the new release migrated and found valid; `report` is a line for each thing to tell."""

    document: bytes
    report: tuple[str, ...] = ()


class NewRelease(Protocol):
    """Code of the new release, run from its slot."""

    def prepare(self, root: Path, migrations: Sequence[str], document: bytes) -> Prepared:
        """Run these migrations on a copy and validate it. Raises a `MailwardError` if it cannot run with that."""


class Machine(Host, Protocol):
    """The appliance itself."""

    def running(self) -> Version: ...

    def boot_id(self) -> str:
        """Another one after each boot."""

    def start_mail(self) -> None: ...

    def stop_mail(self) -> None:
        """Returns when it has stopped, and everything it had is on the disk."""

    def reboot(self) -> None:
        """Ask for it; the process goes on until it is ended."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None: ...


Tell = Callable[[str], None]


@dataclass(frozen=True)
class Ports:
    """All of it. `preflight` runs the checks; `guard` is U6's; `slbl` exports the safelist/blocklist, and answers
    where to or None if there is none; `cancelled` says whether somebody asked to stop."""

    journal: Journal
    slots: Slots
    fetcher: Fetcher
    mail: MailService
    store: ConfigurationStore
    copies: Copies
    machine: Machine
    release: NewRelease
    clock: Clock
    preflight: Callable[[Order, Moment, FetchedRelease | None], Report]
    guard: Callable[[tuple[str, ...]], Verdict]
    slbl: Callable[[], Path | None]
    cancelled: Callable[[], bool]
    tell: Tell = field(default=lambda text: None)
    # What this process fetched and checked: hashing it all again would be time in which no mail is taken.
    kept: dict[Version, FetchedRelease] = field(default_factory=dict)
