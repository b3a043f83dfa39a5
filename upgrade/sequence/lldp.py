"""LLDP and with it FCoE are off on the switch's fibre ports of a C695 or C695F (U6)."""

from __future__ import annotations

from upgrade.sequence.work import Work


def run(work: Work) -> dict[str, str]:
    verdict = work.ports.guard(work.order.ports)
    verdict.require()
    return {"because": verdict.because}
