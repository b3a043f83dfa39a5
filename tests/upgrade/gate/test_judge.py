from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upgrade.gate.judge import Gate, Verdict

_looks = st.lists(st.tuples(st.floats(0.1, 10), st.booleans()), min_size=1, max_size=200)


@given(_looks)
def test_a_gate_that_fails_never_takes_longer_than_its_deadline(looks: list[tuple[float, bool]]) -> None:
    gate, now, good_since = Gate(0.0), 0.0, None
    for pause, good in looks:
        verdict = gate.observe(now, () if good else ("bad",))
        good_since = (now if good_since is None else good_since) if good else None
        if verdict is Verdict.PASS:
            assert good_since is not None and now - good_since >= 60
            return
        if verdict is Verdict.FAIL:
            assert now <= 120 + 10 and not good and gate.because == ("bad",)
            return
        now += pause
    assert now <= 120 + 10 or good_since is not None


def test_what_cannot_be_stable_in_time_fails_at_once() -> None:
    gate = Gate(100.0)
    assert gate.observe(159.9, ("x",)) is Verdict.WAIT
    assert gate.observe(160.0, ("x",)) is Verdict.FAIL


def test_a_lapse_begins_the_time_of_stability_anew() -> None:
    gate = Gate(0.0, 120, 30)
    assert [gate.observe(at, why) for at, why in ((0, ()), (29, ("x",)), (31, ()), (60, ()), (61, ()))] == [
        Verdict.WAIT, Verdict.WAIT, Verdict.WAIT, Verdict.WAIT, Verdict.PASS,
    ]  # fmt: skip
