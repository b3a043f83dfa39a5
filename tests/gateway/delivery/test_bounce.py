"""gateway.delivery.bounce"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.bounce import (
    BadProfile,
    BounceProfile,
    GiveUp,
    Limit,
    TryAgain,
    interval,
    next_step,
    notice_due,
)


def middle() -> float:
    return 0.5  # no jitter


def test_the_incumbents_defaults() -> None:
    profile = BounceProfile()
    assert (profile.most_retries, profile.longest_time) == (100, 72 * 3_600)
    assert [interval(profile, tries) for tries in range(1, 9)] == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_the_next_try_is_within_the_jitter() -> None:
    for value, wanted in ((0.0, 1_054.0), (0.5, 1_060.0), (0.999999, 1_066.0)):
        step = next_step(BounceProfile(), queued=900, tries=1, now=1_000, random=iter([value]).__next__)
        assert isinstance(step, TryAgain)
        assert step.at == pytest.approx(wanted, abs=0.01)


def test_whichever_limit_comes_first() -> None:
    few = BounceProfile(most_retries=3)
    assert isinstance(next_step(few, queued=0, tries=3, now=10, random=middle), TryAgain)
    step = next_step(few, queued=0, tries=4, now=10, random=middle)
    assert step == GiveUp(Limit.TRIES, "not delivered in 4 attempts")
    step = next_step(BounceProfile(longest_time=3_600), queued=0, tries=1, now=3_600, random=middle)
    assert step == GiveUp(Limit.TIME, "not delivered within 1 hours")


def test_a_next_try_after_the_limit_is_no_next_try() -> None:
    profile = BounceProfile(longest_time=100)
    assert isinstance(next_step(profile, queued=0, tries=1, now=41, random=middle), GiveUp)
    assert isinstance(next_step(profile, queued=0, tries=1, now=39, random=middle), TryAgain)


def test_delay_notices() -> None:
    profile = BounceProfile(delay_notices=True, most_notices=2)
    assert not notice_due(profile, queued=0, sent=0, now=14_399)
    assert notice_due(profile, queued=0, sent=0, now=14_400)
    assert not notice_due(profile, queued=0, sent=1, now=14_400)
    assert notice_due(profile, queued=0, sent=1, now=28_800)
    assert not notice_due(profile, queued=0, sent=2, now=99_999)
    assert not notice_due(BounceProfile(), queued=0, sent=0, now=99_999)


@pytest.mark.parametrize(
    "values",
    [
        {"most_retries": -1},
        {"first_interval": 0.0},
        {"first_interval": 100.0, "longest_interval": 10.0},
        {"notice_interval": 0.0},
    ],
)
def test_contradictions_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(BadProfile):
        BounceProfile(**values)  # type: ignore[arg-type]


@given(st.integers(0, 10**9), st.floats(0, 0.999), st.floats(0, 10**9))
def test_it_always_ends(tries: int, chance: float, now: float) -> None:
    step = next_step(BounceProfile(), queued=0, tries=tries, now=now, random=lambda: chance)
    assert isinstance(step, GiveUp) or now < step.at <= 259_200
