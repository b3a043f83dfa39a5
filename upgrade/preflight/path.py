"""U1: the release can be installed over the one that runs, in one upgrade."""

from __future__ import annotations

from upgrade.catalogue.catalogue import Catalogue
from upgrade.planner import Wish, plan
from upgrade.preflight.check import Answer, Severity
from upgrade.refusals import NoPlan


def judge(catalogue: Catalogue, wish: Wish) -> Answer:
    try:
        hops = plan(catalogue, wish).hops
    except NoPlan as refusal:
        return Answer(Severity.BLOCK, str(refusal), refusal.hint())
    first = hops[0]
    if len(hops) == 1:
        return Answer(Severity.PASS, first.why)
    return Answer(
        Severity.BLOCK,
        f"{wish.target} is {len(hops)} upgrades away: {first.why}",
        f"Upgrade to {first.target} first; `mailward upgrade plan` shows the whole way",
    )
