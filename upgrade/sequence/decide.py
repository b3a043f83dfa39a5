"""What comes next for an upgrade under way, from the journal, the version that runs and this boot. Pure."""

from __future__ import annotations

from enum import StrEnum

from mailward.version import Version
from upgrade.sequence.work import Phase, Work

PATIENCE = 3600.0  # seconds after which an interrupted upgrade is not taken up again: its window may be over


class Action(StrEnum):
    CONTINUE = "continue"  # the old release runs, and has steps to do
    ABANDON = "abandon"  # the old release runs, and what was done is to be undone
    RETURNED = "returned"  # the old release runs again
    ARRIVE = "arrive"  # the new release runs, and has not begun
    GATE = "gate"  # the new release runs, and has to prove itself
    FINISH = "finish"  # the new release runs and is blessed
    RETREAT = "retreat"  # the new release runs and is not to stay


def decide(work: Work, running: Version, boot: str, now: float) -> Action:
    if running == work.order.target:
        return _on_new(work)
    if work.done(Phase.ABANDON):
        return Action.ABANDON
    tried = work.done(Phase.INSTALL) or work.done(Phase.WRITE)
    came_back = work.done(Phase.UNFIT) or work.done(Phase.ARRIVE)
    armed = work.done(Phase.INSTALL)
    if tried and (came_back or (armed and armed.facts.get("boot") != boot)):
        return Action.RETURNED
    late = now - work.events[-1].at.timestamp() > PATIENCE
    return Action.ABANDON if late or running != work.order.source else Action.CONTINUE


def _on_new(work: Work) -> Action:
    if work.done(Phase.BLESS):
        return Action.FINISH
    if work.done(Phase.UNFIT) or work.done(Phase.ABANDON) or not work.done(Phase.MIGRATE):
        return Action.RETREAT
    return Action.GATE if work.done(Phase.ARRIVE) else Action.ARRIVE
