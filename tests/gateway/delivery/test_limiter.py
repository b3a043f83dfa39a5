"""gateway.delivery.limiter"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.controls import RecipientRate
from gateway.delivery.limiter import Limiter, share


class Clock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_connections_per_destination_and_in_all() -> None:
    limiter = Limiter(Clock(), total=3)
    assert limiter.try_open("a", 2)
    assert limiter.try_open("a", 2)
    assert not limiter.try_open("a", 2)
    assert limiter.try_open("b", 2)
    assert not limiter.try_open("c", 2), "the system's own limit"
    limiter.close("a")
    assert limiter.open_to("a") == 1
    assert limiter.try_open("c", 2)


def test_closing_what_is_not_open_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no connection to a"):
        Limiter(Clock()).close("a")


def test_workers_share_a_limit() -> None:
    assert [share(20, 3), share(2, 4), share(10, 1)] == [7, 1, 10]
    limiter = Limiter(Clock(), workers=2)
    assert [limiter.try_open("a", 4) for _ in range(3)] == [True, True, False]


def test_recipients_per_period() -> None:
    clock = Clock()
    limiter, rate = Limiter(clock), RecipientRate(180, 1)
    assert limiter.take("a", 100, rate) == 100
    assert limiter.wait("a", rate) == 0
    assert limiter.take("a", 100, rate) == 80
    assert limiter.take("a", 1, rate) == 0
    waiting = limiter.wait("a", rate)
    assert 60 <= waiting <= 61
    clock.now += waiting
    assert limiter.take("a", 500, rate) == 180
    assert limiter.take("b", 5, RecipientRate()) == 5


def test_old_destinations_are_forgotten() -> None:
    clock = Clock()
    limiter, rate = Limiter(clock), RecipientRate(10, 60)
    limiter.take("a", 10, rate)
    clock.now += 7_300
    limiter.sweep()
    assert limiter.take("a", 20, rate) == 10


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 20)), max_size=60))
def test_no_period_ever_has_more_than_the_limit(steps: list[tuple[float, int]]) -> None:
    clock, rate = Clock(), RecipientRate(25, 1)
    limiter = Limiter(clock)
    sent: list[tuple[float, int]] = []
    for pause, count in steps:
        clock.now += pause
        sent.append((clock.now, limiter.take("a", count, rate)))
        assert sum(n for at, n in sent if at > clock.now - 60) <= 25
