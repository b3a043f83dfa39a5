from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upgrade.sequence.world import NEW, OLD
from upgrade.journal import Event, Kind, parse, to_line
from upgrade.sequence.migrate import answered
from upgrade.sequence.order import Order

_seconds = st.floats(0, 3600)
_orders = st.builds(
    Order, st.just(OLD), st.just(NEW), st.text(max_size=20), _seconds, _seconds, _seconds, _seconds,
    st.sampled_from(["", "yes", "no"]), st.booleans(), st.sampled_from(["", "eth0", "eth0,eth1"]), st.booleans(),
)  # fmt: skip


@given(_orders)
def test_an_order_comes_back_from_the_journal(order: Order) -> None:
    event = Event(at=datetime.now(UTC), kind=Kind.STARTED, source=OLD, target=NEW, facts=order.facts())
    (read,) = parse(to_line(event))
    assert Order.of(read) == order


def test_what_another_release_wrote_besides_is_left_out() -> None:
    facts = {"delay": "5.0", "weather": "fine"}
    event = Event(at=datetime.now(UTC), kind=Kind.STARTED, source=OLD, target=NEW, facts=facts)
    assert Order.of(event) == Order(OLD, NEW, delay=5.0)
    assert Order(OLD, NEW, confirmed="a,b").ports == ("a", "b")


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_u16_the_answer_about_service_logs_is_in_the_configuration(answer: str) -> None:
    before = b"<config><updates><service_logs>no</service_logs></updates></config>"
    assert f"<service_logs>{answer}<".encode() in answered(before, answer)
    assert answered(before, "") is before
