"""All listeners answer 421 (U4); connections that are open have the delay to finish."""

from __future__ import annotations

from upgrade.sequence.work import Work


def run(work: Work) -> dict[str, str]:
    began = work.ports.clock.now()
    work.ports.mail.suspend_listeners(work.order.delay)
    return {"at": f"{began:.3f}"}
