"""U6: LLDP and FCoE are off on the switch ports of a C695 or C695F. The rule is in `hwmgmt.net.guard`."""

from __future__ import annotations

from hwmgmt.net.guard import Verdict
from upgrade.preflight.check import Answer, Severity


def judge(verdict: Verdict) -> Answer:
    """The guard knows no "cannot tell": what it could not find out blocks there already."""
    if verdict.clear:
        return Answer(Severity.PASS, verdict.because)
    what = [f"{one.port}: {one.what}".removeprefix(": ") for one in verdict.findings]
    remedies = dict.fromkeys(one.remedy for one in verdict.findings)
    return Answer(Severity.BLOCK, "; ".join([verdict.because, *what]), "; ".join(remedies))
