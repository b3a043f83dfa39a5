"""gateway.delivery.response"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.response import Response, Stage, Verdict, from_lines


@pytest.mark.parametrize(
    ("code", "lines", "status", "text"),
    [
        (550, ["5.1.1 no such user"], "5.1.1", "no such user"),
        (550, ["no such user"], "5.0.0", "no such user"),
        (550, ["4.1.1 contradiction"], "5.0.0", "4.1.1 contradiction"),
        (450, ["4.2.2"], "4.2.2", "4.2.2"),
        (450, ["4.2.2000 x"], "4.0.0", "4.2.2000 x"),
        (
            550,
            ["5.1.1 no such user", "5.1.1 ask the postmaster", ""],
            "5.1.1",
            "no such user ask the postmaster",
        ),
    ],
)
def test_enhanced_status(code: int, lines: list[str], status: str, text: str) -> None:
    response = from_lines(code, lines)
    assert (response.status, response.text) == (status, text)


@pytest.mark.parametrize(
    ("stage", "code", "verdict"),
    [
        (Stage.BODY, 250, Verdict.DONE),
        (Stage.RECIPIENT, 354, Verdict.SOFT),
        (Stage.RECIPIENT, 550, Verdict.HARD),
        (Stage.RECIPIENT, 552, Verdict.SOFT),
        (Stage.RECIPIENT, 452, Verdict.SOFT),
        (Stage.BODY, 552, Verdict.HARD),
        (Stage.BODY, 451, Verdict.SOFT),
        (Stage.MAIL, 421, Verdict.NEXT_HOST),
        (Stage.GREETING, 554, Verdict.NEXT_HOST),
        (Stage.HELLO, 550, Verdict.NEXT_HOST),
        (Stage.MAIL, 553, Verdict.HARD),
        (Stage.ROUTE, 550, Verdict.HARD),
    ],
)
def test_verdicts(stage: Stage, code: int, verdict: Verdict) -> None:
    response = Response(code, "", "", stage)
    assert response.verdict is verdict
    assert response.permanent is (verdict is Verdict.HARD)


@given(st.integers(200, 599), st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_lines_make_a_response(code: int, lines: list[str]) -> None:
    response = from_lines(code, lines)
    assert response.status[0] == str(code)[0]
    assert str(response)
