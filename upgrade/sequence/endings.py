"""The ways an upgrade ends. Each may be done again after a cut, and only its last act closes the journal."""

from __future__ import annotations

from upgrade.journal import Kind
from upgrade.sequence.work import Phase, Work
from upgrade.slots.protocol import Content


def commit(work: Work) -> Work:
    """Blessed already: listeners take mail again, and the down time is known."""
    work.ports.mail.resume_listeners(work.suspended)
    work.ports.copies.forget(work.order.target)
    return work.close(Kind.COMMITTED, facts=_down_time(work))


def _down_time(work: Work) -> dict[str, str]:
    """Seconds from suspending the listeners to resuming them."""
    began = work.fact(Phase.SUSPEND, "at")
    if not began:
        return {}
    return {"down": f"{max(0.0, work.ports.clock.now() - float(began)):.1f}"}


def abandon(work: Work) -> Work:
    """Before the reboot: the old release goes on as it was, and the new one cannot start."""
    event = work.done(Phase.ABANDON)
    assert event is not None
    _park(work)
    if work.ports.machine.running() == work.order.source:
        work.ports.slots.bless()  # only after a revert that failed it is on trial
    work.ports.machine.start_mail()
    work.ports.mail.resume_listeners(work.suspended)
    work.ports.copies.forget(work.order.target)
    return work.close(Kind(event.facts["kind"]), event.facts["reason"], _down_time(work))


def restore(work: Work) -> None:
    """On the old release again, before its mail service starts: its configuration is that of before."""
    ports, source = work.ports, work.order.source
    before = ports.copies.open(source)
    if before is not None and before != ports.store.running():
        ports.store.replace(before, f"back from {work.order.target}")


def returned(work: Work) -> Work:
    """On the old release again: say why, take mail, and do not try that version again by itself."""
    _park(work)
    work.ports.slots.bless()  # it has run before; only after a revert that failed it is on trial
    restore(work)
    work.ports.mail.resume_listeners(work.suspended)
    work.ports.copies.forget(work.order.target)
    reason = work.fact(Phase.UNFIT, "reason")
    if not reason:
        stop = "started but did not finish its health check" if work.done(Phase.ARRIVE) else "did not start"
        reason = f"{work.order.target} {stop}, and the boot loader gave it up"
    # Without a migrated configuration it never had a chance: that says nothing about the release.
    kind = Kind.ROLLED_BACK if work.done(Phase.INSTALL) else Kind.FAILED
    return work.close(kind, reason, _down_time(work))


def retreat(work: Work) -> None:
    """On the new release: the next boot takes the old one, and now."""
    slots = work.ports.slots
    slots.mark_bad(work.order.target)
    before = slots.survey().find(work.order.source)
    if before is not None and before.bad:  # a revert had put it out of the way
        slots.prefer(work.order.source)
    work.ports.machine.reboot()


def _park(work: Work) -> None:
    slot = work.ports.slots.survey().find(work.order.target)
    if slot is not None and slot.content is Content.WHOLE and slot.bootable and not slot.running:
        work.ports.slots.mark_bad(work.order.target)
