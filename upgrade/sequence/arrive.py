"""The new release's first start, before its mail service: it gets the configuration that was migrated for it."""

from __future__ import annotations

from upgrade.mailservice import Census
from upgrade.sequence import reboot
from upgrade.sequence.work import Phase, Work


def run(work: Work) -> dict[str, str]:
    ports, order = work.ports, work.order
    staged = ports.copies.staged(order.target)
    if staged is not None and staged != ports.store.running():
        ports.store.replace(staged, f"migrated for {order.target}")
    return reboot.to_facts(ports.mail.census())


def before(work: Work) -> Census | None:
    """The queue as the old release left it."""
    event = work.done(Phase.REBOOT)
    return reboot.from_facts(event.facts) if event else None


def after(work: Work) -> Census | None:
    """The queue as the new release found it."""
    event = work.done(Phase.ARRIVE)
    return reboot.from_facts(event.facts) if event else None
