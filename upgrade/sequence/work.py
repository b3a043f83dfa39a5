"""One upgrade under way: what was asked, what is done and known, and the ports to go on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mailward.errors import Failed, Rejected
from upgrade.journal import Event, Kind
from upgrade.sequence.order import Order
from upgrade.sequence.ports import Ports


class Phase(StrEnum):
    """The steps, in their order. Each is in the journal once it is done."""

    PREFLIGHT = "preflight"
    FETCH = "fetch"
    WRITE = "write"
    SNAPSHOT = "snapshot"
    SLBL = "safelist-blocklist"
    SUSPEND = "suspend"
    DRAIN = "drain"
    LLDP = "lldp"
    MIGRATE = "migrate"
    INSTALL = "install"
    REBOOT = "reboot"
    ARRIVE = "arrive"
    BLESS = "bless"
    # Off the way:
    UNFIT = "unfit"  # the new release did not pass its gate
    ABANDON = "abandon"  # it goes no further; what was done is undone


class Cancelled(Rejected):
    key = "upgrade.cancelled"
    sentence = "the upgrade was cancelled"


class Stopped(Failed):
    """The upgrade ended without the new release; the machine is as it was."""

    key = "upgrade.stopped"
    sentence = "the upgrade to {target} ended: {reason}"
    remedy = "The machine runs {source} as before. `mailward upgrade status` says more"


@dataclass(frozen=True)
class Work:
    """Made anew from the journal each time: nothing is remembered anywhere else."""

    ports: Ports
    order: Order
    events: tuple[Event, ...]

    @classmethod
    def under_way(cls, ports: Ports) -> Work | None:
        """The upgrade that is not finished. Raises `JournalDamaged`, `JournalFailed`."""
        events = current(ports.journal.read())
        return cls(ports, Order.of(events[0]), events) if events else None

    def done(self, phase: Phase) -> Event | None:
        return next((one for one in self.events if one.kind is Kind.STEP and one.detail == phase), None)

    def fact(self, phase: Phase, name: str, default: str = "") -> str:
        event = self.done(phase)
        return default if event is None else event.facts.get(name, default)

    def write(self, phase: Phase, facts: dict[str, str]) -> Work:
        """The step is done: on the disk before this returns."""
        return self._append(Kind.STEP, str(phase), facts)

    def close(self, kind: Kind, reason: str = "", facts: dict[str, str] | None = None) -> Work:
        return self._append(kind, reason, facts or {})

    def _append(self, kind: Kind, detail: str, facts: dict[str, str]) -> Work:
        now = datetime.fromtimestamp(self.ports.clock.now(), UTC)
        event = Event(
            at=now,
            kind=kind,
            source=self.order.source,
            target=self.order.target,
            detail=detail,
            facts={**facts, "boot": self.ports.machine.boot_id()},
        )
        self.ports.journal.append(event)
        return Work(self.ports, self.order, (*self.events, event))

    def check_cancelled(self) -> None:
        """Raises `Cancelled` if somebody asked for it."""
        if self.ports.cancelled():
            raise Cancelled()

    def progress(self, what: str, done: int, total: int) -> None:
        """Fits `upgrade.slots.protocol.Progress`: what it raises stops the work."""
        self.check_cancelled()
        share = f" {100 * done // total} %" if total > 1 else ""
        self.ports.tell(f"{what}{share}")

    @property
    def suspended(self) -> tuple[str, ...]:
        """Listeners an administrator had suspended one by one before; they stay so. All at once is part of U4's
        procedure, which ends by resuming all."""
        return tuple(name for name in self.fact(Phase.SNAPSHOT, "suspended").split(",") if name)


def current(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events of the attempt that is not finished; none if all are."""
    if not events or events[-1].kind not in (Kind.STARTED, Kind.STEP):
        return ()
    first = max(at for at, event in enumerate(events) if event.kind is Kind.STARTED)
    return tuple(events[first:])
