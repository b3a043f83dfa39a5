"""The delay, the last chance to cancel, the queue counted at rest, and the reboot (U3)."""

from __future__ import annotations

from upgrade.mailservice import Census
from upgrade.sequence.work import Work


def wait(work: Work) -> None:
    """Let the delay pass. Raises `Cancelled`."""
    ports = work.ports
    end = ports.clock.now() + work.order.delay
    while (left := end - ports.clock.now()) > 0:
        work.check_cancelled()
        ports.tell(f"rebooting in {left:.0f} s")
        ports.clock.sleep(min(left, 5))


def run(work: Work) -> dict[str, str]:
    wait(work)
    work.check_cancelled()
    work.ports.machine.stop_mail()
    return to_facts(work.ports.mail.census())


def to_facts(census: Census) -> dict[str, str]:
    return {"messages": str(census.messages), "queue": census.digest}


def from_facts(facts: dict[str, str]) -> Census | None:
    """None where the power went before the queue could be counted."""
    if "queue" not in facts:
        return None
    return Census(int(facts["messages"]), facts["queue"])
