from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.errors import MailwardError
from upgrade.preflight.check import (
    IF_UNKNOWN,
    Answer,
    CannotTell,
    Check,
    CheckId,
    Finding,
    Severity,
    run,
)

ANSWERS = st.builds(Answer, st.sampled_from(Severity), st.text(max_size=5), st.text(max_size=5))
ERRORS = st.sampled_from([CannotTell(what="w", advice="a"), PermissionError(13, "no", "/x")])
RESULTS = st.dictionaries(st.sampled_from(CheckId), ANSWERS | ERRORS, min_size=1)


def check(name: CheckId, result: Answer | MailwardError | OSError) -> Check:
    def look() -> Answer:
        if isinstance(result, Answer):
            return result
        raise result

    return Check(name, look)


def test_every_check_has_its_severity_for_not_knowing_and_none_passes() -> None:
    assert set(IF_UNKNOWN) == set(CheckId)
    assert Severity.PASS not in IF_UNKNOWN.values()
    assert [name for name, severity in IF_UNKNOWN.items() if severity is Severity.WARN] == [
        CheckId.GRAYMAIL,
        CheckId.CERTIFICATES,
        CheckId.FILTERS,
        CheckId.TEXTS,
        CheckId.HEALTH,
    ]


@given(RESULTS)
def test_all_run_in_order_and_the_worst_is_the_verdict(
    results: dict[CheckId, Answer | CannotTell | PermissionError],
) -> None:
    report = run([check(name, result) for name, result in results.items()])
    assert [one.id for one in report.findings] == list(results)
    for one, result in zip(report.findings, results.values(), strict=True):
        expected = result.severity if isinstance(result, Answer) else IF_UNKNOWN[one.id]
        assert (one.severity, one.known) == (expected, isinstance(result, Answer))
    assert report.blocks is any(one.severity is Severity.BLOCK for one in report.findings)
    assert (report.verdict is Severity.PASS) is all(one.severity is Severity.PASS for one in report.findings)


def test_what_could_not_be_found_out_keeps_its_reason_and_remedy() -> None:
    report = run([check(CheckId.PATH, CannotTell(what="nobody knows", advice="Ask"))])
    assert report.findings == (
        Finding(CheckId.PATH, Severity.BLOCK, "it could not be found out: nobody knows", "Ask", known=False),
    )
    report = run([check(CheckId.SPACE, PermissionError(13, "Permission denied", "/x"))])
    assert "/x: Permission denied" in report.findings[0].finding


def test_no_check_is_no_preflight() -> None:
    assert run([]).blocks


def test_a_mistake_of_ours_is_not_a_finding() -> None:
    def look() -> Answer:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run([Check(CheckId.PATH, look)])
