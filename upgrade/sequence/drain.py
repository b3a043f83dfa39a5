"""The work queue is empty (U4). What only waits for delivery stays in the queue over the reboot."""

from __future__ import annotations

from mailward.errors import Rejected
from upgrade.sequence.work import Work

LOOK = 1.0  # seconds between two looks


class NotDrained(Rejected):
    key = "upgrade.drain"
    sentence = "the work queue still has {messages} messages after {seconds:.0f} s"
    remedy = "See with `mailward workqueue status` what holds them, or give it longer with --drain"


def run(work: Work) -> dict[str, str]:
    ports, last = work.ports, -1
    end = ports.clock.now() + work.order.drain
    while left := ports.mail.state().work_queue:
        work.check_cancelled()
        if ports.clock.now() >= end:
            raise NotDrained(messages=left, seconds=work.order.drain)
        if left != last:
            ports.tell(f"the work queue has {left} messages")
        last = left
        ports.clock.sleep(LOOK)
    return {}
