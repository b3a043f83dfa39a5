from datetime import UTC, datetime, timedelta

import pytest

from hwmgmt.reading import NoReading, Reading, Reason, known, missing
from upgrade.preflight.check import Severity
from upgrade.preflight.clock import ClockFacts, judge

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
UNKNOWN: Reading[bool] = missing(Reason.ABSENT, "no timesyncd")


@pytest.mark.parametrize(
    ("after", "kept", "severity"),
    [
        (timedelta(days=1), known(True), Severity.PASS),
        (timedelta(0), known(True), Severity.PASS),
        (timedelta(seconds=-1), known(True), Severity.BLOCK),
        (timedelta(days=4000), known(True), Severity.BLOCK),
        (timedelta(days=1), known(False), Severity.WARN),
        (timedelta(days=1), UNKNOWN, Severity.WARN),
        (timedelta(days=-1), UNKNOWN, Severity.BLOCK),
    ],
)
def test_not_before_the_release_was_built_and_kept_by_ntp(
    after: timedelta, kept: Reading[bool], severity: Severity
) -> None:
    assert judge(ClockFacts(BUILT + after, known(BUILT), kept)).severity is severity


def test_without_a_build_time_it_cannot_tell() -> None:
    with pytest.raises(NoReading):
        judge(ClockFacts(BUILT, missing(Reason.ABSENT, "no os-release"), known(True)))
