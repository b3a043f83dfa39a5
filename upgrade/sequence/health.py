"""The new release proves itself (`upgrade.gate`). Listeners are suspended still: only our own probe flows."""

from __future__ import annotations

from upgrade.gate.checks import Checks
from upgrade.gate.judge import Gate, Verdict
from upgrade.sequence import arrive
from upgrade.sequence.work import Work

LOOK = 2.0  # seconds between two looks


def run(work: Work) -> str:
    """Why it is not fit; empty if it is."""
    ports, order = work.ports, work.order
    staged = ports.copies.staged(order.target)
    look = Checks(
        ports.mail,
        ports.machine,
        before=arrive.before(work),
        after=arrive.after(work),
        applied=lambda: staged is None or ports.store.running() == staged,
    )
    gate = Gate(ports.clock.now(), order.deadline, order.stability)
    told: tuple[str, ...] = ()
    while True:
        problems = look()
        verdict = gate.observe(ports.clock.now(), problems)
        if verdict is Verdict.PASS:
            return ""
        if verdict is Verdict.FAIL:
            return "; ".join(gate.because)
        if problems and tuple(problems) != told:
            told = tuple(problems)
            ports.tell(f"not healthy yet: {'; '.join(problems)}")
        ports.clock.sleep(LOOK)
