"""The real parts of an upgrade, put together."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.config.store import Store
from gateway.service.client import CONTROL, ControlClient
from gateway.service.upgrade_client import UpgradeClient
from gateway.upgrades.store import UpgradeStore
from hwmgmt.models.detect import detect
from hwmgmt.net import guard
from mailward.errors import Rejected
from upgrade.attempts import attempts, denied
from upgrade.catalogue.catalogue import Catalogue, catalogue
from upgrade.catalogue.document import Verifier
from upgrade.fetch.library import Library
from upgrade.journal import JOURNAL, Journal
from upgrade.preflight.check import Moment, Report, run
from upgrade.preflight.machine import NoVerifier, Subject, checks
from upgrade.preflight.signature import Offer
from upgrade.publish.keys import NoTrustedKey, TrustedKeys
from upgrade.sequence.order import Order
from upgrade.sequence.ports import Ports, Tell
from upgrade.sequence.system import SlotRelease, SystemClock, SystemMachine
from upgrade.slots.machine import MachineSlots
from upgrade.slots.protocol import FetchedRelease
from upgrade.snapshot import PRIVATE, Copies

RUN = Path("/run/mailward-upgrade")


class Busy(Rejected):
    key = "upgrade.busy"
    sentence = "another `mailward upgrade` is at work"
    remedy = "Wait for it, or see `mailward upgrade status`"


@dataclass(frozen=True, slots=True)
class Places:
    """Where an upgrade keeps what it must not forget, and what it may."""

    journal: Path = JOURNAL
    private: Path = PRIVATE
    control: Path = CONTROL
    run: Path = RUN

    @property
    def cancel(self) -> Path:
        """There while somebody wants the upgrade to stop; kept over a power cut."""
        return self.private / "cancel"


def trusted() -> Verifier:
    """The site's release keys. An image without any takes no release."""
    try:
        return TrustedKeys.load()
    except NoTrustedKey:
        return NoVerifier()


def ports(places: Places, tell: Tell) -> Ports:
    """Everything of this machine. Raises `NotOnSlots` where there are no slots."""
    verifier = trusted()
    mail = UpgradeClient(ControlClient(places.control))
    store = UpgradeStore(Store())
    journal = Journal(places.journal)
    return Ports(
        journal=journal,
        slots=MachineSlots.here(verifier),
        fetcher=Library(verifier),
        mail=mail,
        store=store,
        copies=Copies(private=places.private),
        machine=SystemMachine(),
        release=SlotRelease(),
        clock=SystemClock(),
        preflight=_preflight(mail, store, journal, verifier),
        guard=lambda confirmed: guard.check(detect(), confirmed=confirmed),
        slbl=lambda: None,  # there is no spam quarantine with lists of its users yet (G25)
        cancelled=places.cancel.exists,
        tell=tell,
    )


def _preflight(
    mail: UpgradeClient, store: UpgradeStore, journal: Journal, verifier: Verifier
) -> Callable[[Order, Moment, FetchedRelease | None], Report]:
    def look(order: Order, moment: Moment, release: FetchedRelease | None) -> Report:
        known: Catalogue = catalogue()
        if release is not None:
            known = known.with_release(release.release)  # the rule travels with the release
        subject = Subject(
            catalogue=known,
            source=order.source,
            target=order.target,
            model=detect(),
            mail=mail,
            denied=dict if order.force else lambda: denied(attempts(journal.read())),
            configuration=store.running,
            offer=None if release is None else Offer(release.document, release.signature),
            verifier=verifier,
            moment=moment,
            confirmed=order.ports,
        )
        return run(checks(subject))

    return look


@contextmanager
def alone(places: Places, *, wait: bool) -> Iterator[None]:
    """One upgrade at a time. Raises `Busy`, or waits."""
    places.run.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle = os.open(places.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Busy() from error
        yield
    finally:
        os.close(handle)
