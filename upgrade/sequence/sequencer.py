"""The procedure. Each step's effect is there before the journal says so, and the journal before the next step.

A cut anywhere leaves a prefix of the journal; `resume` goes on from there, on whichever release has started.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from mailward.errors import MailwardError
from upgrade.journal import Event, Kind
from upgrade.sequence import (
    arrive,
    drain,
    endings,
    fetch,
    health,
    install,
    lldp,
    migrate,
    preflight,
    reboot,
    slbl,
    snapshot,
    suspend,
    write,
)
from upgrade.sequence.decide import Action, decide
from upgrade.sequence.order import Order
from upgrade.sequence.ports import Ports
from upgrade.sequence.work import Cancelled, Phase, Stopped, Work

UNTIL_REBOOT: tuple[tuple[Phase, str, Callable[[Work], dict[str, str]]], ...] = (
    (Phase.PREFLIGHT, "Checking what may be in the way", preflight.run),
    (Phase.FETCH, "Fetching the release", fetch.run),
    (Phase.WRITE, "Writing the release into the free slot", write.run),
    (Phase.SNAPSHOT, "Saving the configuration", snapshot.run),
    (Phase.SLBL, "Exporting the safelist/blocklist", slbl.run),
    (Phase.SUSPEND, "Suspending all listeners", suspend.run),
    (Phase.DRAIN, "Waiting until the work queue is empty", drain.run),
    (Phase.LLDP, "Looking at the fibre ports", lldp.run),
    (Phase.MIGRATE, "Migrating a copy of the configuration with the new release", migrate.run),
    (Phase.INSTALL, "Handing the next boot to the new release", install.run),
    (Phase.REBOOT, "Rebooting", reboot.run),
)


def begin(ports: Ports, order: Order) -> Work:
    """Open the attempt. Raises `OutOfOrder` if another is under way."""
    now = datetime.fromtimestamp(ports.clock.now(), UTC)
    event = Event(
        at=now,
        kind=Kind.STARTED,
        source=order.source,
        target=order.target,
        forced=order.force,
        facts={**order.facts(), "boot": ports.machine.boot_id()},
    )
    ports.journal.append(event)
    return Work(ports, order, (event,))


def until_reboot(work: Work) -> Work:
    """The steps that are left on the old release. Raises `Stopped` or `Cancelled` once all is undone."""
    try:
        for phase, title, step in UNTIL_REBOOT:
            if work.done(phase):
                continue
            work.check_cancelled()
            work.ports.tell(title)
            work = work.write(phase, step(work))
    except MailwardError as error:
        cancelled = isinstance(error, Cancelled)
        kind = Kind.CANCELLED if cancelled else Kind.FAILED
        reason = "" if cancelled else error.explain()
        work = work.write(Phase.ABANDON, {"kind": str(kind), "reason": reason})
        endings.abandon(work)
        if cancelled:
            raise
        raise Stopped(target=work.order.target, source=work.order.source, reason=reason) from error
    work.ports.machine.reboot()
    return work


def early(ports: Ports) -> Action | None:
    """Before the mail service of this boot starts: the configuration is the one of the release that runs."""
    work = Work.under_way(ports)
    if work is None:
        return None
    action = _next(work)
    if action is Action.ARRIVE:
        work.write(Phase.ARRIVE, arrive.run(work))
    elif action is Action.RETURNED:
        endings.restore(work)
    elif action is Action.RETREAT:
        endings.retreat(work)
    return action


def resume(ports: Ports) -> Action | None:
    """Once the mail service is up, or failed to come up: go on from wherever it is. None if nothing is under way."""
    work = Work.under_way(ports)
    if work is None:
        return None
    action = _next(work)
    match action:
        case Action.CONTINUE:
            until_reboot(work)
        case Action.ABANDON:
            if not work.done(Phase.ABANDON):
                reason = "it was interrupted, and too long ago to go on"
                work = work.write(Phase.ABANDON, {"kind": str(Kind.FAILED), "reason": reason})
            endings.abandon(work)
        case Action.RETURNED:
            endings.returned(work)
        case Action.ARRIVE | Action.GATE:
            if action is Action.ARRIVE:
                work = work.write(Phase.ARRIVE, arrive.run(work))
            _prove(work)
        case Action.FINISH:
            endings.commit(work)
        case Action.RETREAT:
            endings.retreat(work)
    return action


def _next(work: Work) -> Action:
    machine = work.ports.machine
    return decide(work, machine.running(), machine.boot_id(), work.ports.clock.now())


def _prove(work: Work) -> None:
    """The gate's word is final: fit stays, unfit goes back."""
    work.ports.tell("Checking the health of the new release")
    reason = health.run(work)
    if reason:
        work.ports.tell(f"It is not fit: {reason}")
        endings.retreat(work.write(Phase.UNFIT, {"reason": reason}))
        return
    work.ports.slots.bless()
    endings.commit(work.write(Phase.BLESS, {}))
