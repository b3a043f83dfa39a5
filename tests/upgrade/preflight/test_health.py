from dataclasses import replace
from typing import Any

import pytest

from hwmgmt.health.assess import assess
from hwmgmt.health.report import Finding
from hwmgmt.health.sources import Sources
from hwmgmt.health.states import Verdict
from hwmgmt.reading import Reading, Reason, missing
from upgrade.preflight.check import Severity
from upgrade.preflight.health import judge

NOTHING: Reading[Any] = missing(Reason.ABSENT, "none here")
REPORT = assess(Sources(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, 0.1))


@pytest.mark.parametrize("verdict", [Verdict.WARNING, Verdict.FAILED])
def test_failing_hardware_warns_and_never_blocks(verdict: Verdict) -> None:
    finding = Finding("power", verdict, "PS2 has no mains power")
    answer = judge(replace(REPORT, verdict=verdict, findings=(finding,)))
    assert (answer.severity, answer.finding) == (Severity.WARN, "PS2 has no mains power")


def test_healthy_hardware_passes() -> None:
    assert judge(replace(REPORT, verdict=Verdict.OK, findings=())).severity is Severity.PASS
