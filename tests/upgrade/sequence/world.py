"""A machine of memory that can lose power after any effect, and boots as systemd-boot would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from hwmgmt.net.guard import Outcome, Verdict
from mailward.errors import Failed, Rejected
from mailward.version import Version
from upgrade.catalogue.catalogue import catalogue
from upgrade.journal import Event, Journal, Kind, OutOfOrder, misfit
from upgrade.mailservice import ALL, Census, MailState
from upgrade.preflight.check import Moment, Report, Severity
from upgrade.sequence import sequencer
from upgrade.sequence.decide import Action
from upgrade.sequence.order import Order
from upgrade.sequence.ports import Ports, Prepared
from upgrade.sequence.work import Cancelled, Stopped
from upgrade.slots.protocol import Content, FetchedRelease, Progress, Slot, SlotSurvey, Standing

OLD, NEW = Version(14, 2, 3, 27), Version(14, 2, 3, 31)
TRIES = 2
BEFORE, AFTER = b"<config>old</config>", b"<config>new</config>"


class Cut(BaseException):
    """The power is gone."""


class Rebooted(BaseException):
    """The reboot that was asked for."""


class Broken(Failed):
    key = "test.broken"
    sentence = "{what} is broken"


class Unreadable(Rejected):
    key = "test.unreadable"
    sentence = "{what} cannot be read"


@dataclass
class World:
    """Everything that outlives the power. `cut_at` is the number of the effect after which it goes."""

    cut_at: int = -1
    cuts: tuple[int, ...] = ()
    broken: frozenset[str] = frozenset()
    target: Version = NEW
    unfit: bool = False  # the release that is gone to fails its gate
    dead: bool = False  # it does not even start
    cancel_at: int = -1
    effects: int = 0
    time: float = 1_800_000_000.0
    events: list[Event] = field(default_factory=list)
    running: Version = OLD
    boots: int = 1
    entries: dict[Version, int | None] = field(
        default_factory=lambda: {OLD: None}
    )  # tries left; None is blessed
    config: bytes = BEFORE
    sealed: dict[Version, bytes] = field(default_factory=dict)
    staged: dict[Version, bytes] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)
    mail_up: bool = True
    accepted: list[int] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    work: int = 3
    stop_asked: bool = False
    ran_as: list[tuple[Version, bytes]] = field(default_factory=list)  # what mail was served with

    def effect(self, name: str) -> None:
        """Something outlasting has happened."""
        self.effects += 1
        self.flow()
        if self.effects == self.cancel_at:
            self.stop_asked = True
        if self.effects == self.cut_at or self.effects in self.cuts:
            raise Cut(name)

    def fails(self, name: str) -> None:
        if name in self.broken:
            raise Broken(what=name)

    def flow(self) -> None:
        """Mail goes on: one comes if it may, one is delivered."""
        self.time += 1
        if not self.mail_up:
            return
        if not self.suspended:
            self.accepted.append(len(self.accepted))
            self.queue.append(self.accepted[-1])
        if len(self.queue) > 4:
            self.delivered.append(self.queue.pop(0))
        self.work = max(0, self.work - 1)

    # The boot loader: the highest version that has tries left or is blessed.

    def boot(self) -> None:
        self.boots += 1
        self.mail_up = False
        usable = [version for version, left in self.entries.items() if left is None or left > 0]
        self.running = max(usable, default=OLD)
        left = self.entries[self.running]
        if left is not None:
            self.entries[self.running] = left - 1
        self.time += 60

    def live(self) -> Action | None:
        """One boot, until the power goes, a reboot is asked for, or all is done. Starts only what is not dead."""
        if self.running == NEW and self.dead:
            raise Cut("dead")
        ports = self.ports()
        sequencer.early(ports)
        self.mail_up = True
        self.ran_as.append((self.running, self.config))
        return sequencer.resume(ports)

    def ports(self) -> Ports:
        return Ports(
            journal=cast(Journal, FakeJournal(self)),
            slots=FakeSlots(self),
            fetcher=cast(Any, FakeFetcher(self)),
            mail=FakeMail(self),
            store=FakeStore(self),
            copies=cast(Any, FakeCopies(self)),
            machine=FakeMachine(self),
            release=self,
            clock=FakeClock(self),
            preflight=self.preflight,
            guard=self.guard,
            slbl=self.slbl,
            cancelled=lambda: self.stop_asked,
        )

    def prepare(self, root: Path, migrations: Sequence[str], document: bytes) -> Prepared:
        self.fails("prepare")
        if not migrations:  # the way back
            if document == AFTER:
                raise Unreadable(what="the newer configuration")
            return Prepared(document)
        assert migrations == ["ca-certificates"] and document == BEFORE
        return Prepared(AFTER, ("changed",))

    def preflight(self, order: Order, moment: Moment, release: FetchedRelease | None) -> Report:
        self.fails(f"preflight-{moment}")
        if moment is Moment.INSTALL:
            assert release is not None and self.suspended == [ALL] and self.work == 0
        return Report(Severity.PASS, ())

    def guard(self, confirmed: tuple[str, ...]) -> Verdict:
        self.fails("guard")
        return Verdict(Outcome.CLEAR, "quiet")

    def slbl(self) -> Path | None:
        self.fails("slbl")
        return None


@dataclass
class FakeJournal:
    world: World

    def read(self) -> tuple[Event, ...]:
        return tuple(self.world.events)

    def append(self, event: Event) -> None:
        events = self.world.events
        if problem := misfit(events[-1] if events else None, event):
            raise OutOfOrder(kind=event.kind, problem=problem)
        events.append(event)
        self.world.effect(f"journal {event.kind} {event.detail}")


@dataclass
class FakeSlots:
    world: World

    def survey(self) -> SlotSurvey:
        slots = [self._slot(version) for version in (OLD, NEW)]
        running = next(slot for slot in slots if slot.running)
        return SlotSurvey(running, next(slot for slot in slots if not slot.running))

    def _slot(self, version: Version) -> Slot:
        here = version in self.world.entries
        left = self.world.entries.get(version)
        standing = Standing.BLESSED if left is None else Standing.TRIAL if left else Standing.BAD
        return Slot(
            "A" if version == OLD else "B",
            version == self.world.running,
            Content.WHOLE if here else Content.EMPTY,
            version if here else None,
            standing=standing if here else Standing.NONE,
        )

    def install(self, release: FetchedRelease, progress: Progress) -> None:
        self.world.fails("install")
        assert self.world.entries[self.world.running] is None, "installed beside a release on trial"
        self.world.entries.pop(release.version, None)
        self.world.effect("emptied")
        progress("writing", 1, 2)
        self.world.entries[release.version] = TRIES
        self.world.effect("written")

    def prefer(self, version: Version) -> None:
        entries = self.world.entries
        if entries[version] == 0:
            entries[version] = TRIES
        self.world.effect("on trial")
        for other, left in list(entries.items()):
            if other > version and left != 0:
                entries[other] = 0
                self.world.effect("preferred")

    def mark_bad(self, version: Version) -> None:
        self.world.entries[version] = 0
        self.world.effect("bad")

    def bless(self) -> None:
        if self.world.entries[self.world.running] is not None:
            self.world.entries[self.world.running] = None
            self.world.effect("blessed")

    def remove(self, version: Version) -> None:
        raise AssertionError("nobody asked for it")

    @contextmanager
    def mounted_root(self, version: Version) -> Iterator[Path]:
        assert version in self.world.entries
        yield Path("/mnt")


@dataclass
class FakeFetcher:
    world: World

    def fetched(self) -> tuple[FetchedRelease, ...]:
        return ()

    def fetch(self, url: str, version: Version, progress: Progress) -> FetchedRelease:
        self.world.fails("fetch")
        progress("fetching", 1, 2)
        return FetchedRelease(version, Path("/r"), catalogue().get(version), b"", b"")


@dataclass
class FakeMail:
    world: World

    def _up(self) -> None:
        if not self.world.mail_up:
            raise Broken(what="the mail service")

    def state(self) -> MailState:
        self._up()
        names = tuple(self.world.suspended)
        return MailState(self.world.work, len(self.world.queue), names, ALL in names)

    def suspend_listeners(self, delay: float) -> MailState:
        self._up()
        self.world.suspended = [ALL]
        self.world.effect("suspended")
        return self.state()

    def resume_listeners(self, keep: tuple[str, ...] = ()) -> MailState:
        self._up()
        self.world.suspended = list(keep)
        self.world.effect("resumed")
        return self.state()

    def census(self) -> Census:
        return Census(len(self.world.queue), repr(self.world.queue))

    def probe(self, seconds: float) -> None:
        self._up()
        self.world.fails("probe")


@dataclass
class FakeStore:
    world: World

    def running(self) -> bytes:
        return self.world.config

    def masked(self) -> bytes:
        return b"masked"

    def file_name(self, when: datetime, version: str) -> str:
        return f"copy-{version}.xml"

    def replace(self, document: bytes, why: str) -> None:
        self.world.config = document
        self.world.effect("replaced")


@dataclass
class FakeCopies:
    world: World

    def seal(self, version: Version, document: bytes) -> None:
        self.world.sealed[version] = document
        self.world.effect("sealed")

    def open(self, version: Version) -> bytes | None:
        return self.world.sealed.get(version)

    def stage(self, version: Version, document: bytes) -> None:
        self.world.staged[version] = document
        self.world.effect("staged")

    def staged(self, version: Version) -> bytes | None:
        return self.world.staged.get(version)

    def forget(self, version: Version) -> None:
        self.world.staged.pop(version, None)
        self.world.effect("forgotten")

    def save_masked(self, name: str, text: bytes) -> Path:
        self.world.fails("save")
        self.world.saved.append(name)
        self.world.effect("saved")
        return Path(name)


@dataclass
class FakeMachine:
    world: World

    def running(self) -> Version:
        return self.world.running

    def boot_id(self) -> str:
        return str(self.world.boots)

    def start_mail(self) -> None:
        self.world.mail_up = True
        self.world.effect("mail started")

    def stop_mail(self) -> None:
        self.world.mail_up = False
        self.world.effect("mail stopped")

    def reboot(self) -> None:
        self.world.effect("reboot")
        raise Rebooted

    def failed_units(self) -> Sequence[str]:
        return ["bad.service"] if self.world.unfit and self.world.running == self.world.target else []

    def free(self) -> int:
        return 1 << 40


@dataclass
class FakeClock:
    world: World

    def now(self) -> float:
        return self.world.time

    def sleep(self, seconds: float) -> None:
        self.world.time += seconds
        self.world.flow()


ORDER = Order(OLD, NEW, url="/releases")


def play(world: World, order: Order = ORDER, *, boots: int = 12) -> World:
    """Ask for the upgrade and let the machine run, through cuts and reboots, until it rests."""
    try:
        sequencer.until_reboot(sequencer.begin(world.ports(), order))
    except (Cut, Rebooted):
        _boot_on(world, boots)
    except (Stopped, Cancelled):
        pass  # ended in order: `check` looks at what it left
    return world


def _boot_on(world: World, boots: int) -> None:
    for _ in range(boots):
        world.boot()
        try:
            world.live()
        except (Cut, Rebooted):
            continue
        except (Stopped, Cancelled):
            pass  # ended in order, as above
        return
    raise AssertionError(f"it did not come to rest in {boots} boots")


def check(world: World) -> None:
    """What must hold however it went."""
    assert sorted([*world.queue, *world.delivered]) == world.accepted, "a message was lost or doubled"
    assert world.mail_up
    last = world.events[-1]
    assert last.kind not in (Kind.STARTED, Kind.STEP), "the journal is open"
    assert not world.suspended, "listeners stay suspended"
    committed = last.kind is Kind.COMMITTED
    source = OLD if world.target == NEW else NEW
    assert world.running == (world.target if committed else source)
    assert world.config == (AFTER if world.running == NEW else BEFORE)
    assert world.entries[world.running] is None, "what runs is not blessed"
    if world.running == OLD:
        assert world.entries.get(NEW, 0) == 0, "the next boot would try the other release"
    for version, config in world.ran_as:
        assert config == (AFTER if version == NEW else BEFORE), (
            "mail was served with the other's configuration"
        )
