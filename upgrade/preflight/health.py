"""Hardware that is failing is better seen to first. It never blocks: the new release may be the cure."""

from __future__ import annotations

from hwmgmt.health.report import HealthReport
from hwmgmt.health.states import Verdict
from upgrade.preflight.check import Answer, Severity


def judge(report: HealthReport) -> Answer:
    if report.verdict is Verdict.OK:
        return Answer(Severity.PASS, "the hardware is healthy")
    return Answer(
        Severity.WARN,
        "; ".join(one.sentence for one in report.findings),
        "See `mailward hw health`, and see to it before the reboot",
    )
