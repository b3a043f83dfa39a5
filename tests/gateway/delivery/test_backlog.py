"""gateway.delivery.backlog and calendar"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.backlog import MOST_JOBS, Backlog
from gateway.delivery.calendar import Calendar
from gateway.delivery.destination import Destination
from gateway.delivery.ports import NextHop
from gateway.queue.message import Message, Recipient


def message(count: int = 1) -> tuple[Message, list[Recipient]]:
    return Message(7, "a@b", 0.0), [Recipient(n, f"u{n}@c", "c") for n in range(count)]


def test_jobs_and_octets_are_counted_in_and_out() -> None:
    backlog, destination = Backlog(), Destination(NextHop("x", ()))
    backlog.keep(destination, *message(250), b"12345")
    assert (backlog.jobs, backlog.octets, backlog.live) == (3, 15, {7: 3})
    job = backlog.take(destination)
    assert job is not None
    assert [len(one.recipients) for one in (job, *destination.fresh)] == [100, 100, 50]
    assert (backlog.jobs, backlog.octets) == (2, 10)
    backlog.put_back(destination, job)
    assert destination.fresh[0] is job
    while backlog.take(destination) is not None:
        backlog.release(7)
    assert (backlog.jobs, backlog.octets, backlog.live) == (0, 0, {})
    backlog.release(7)
    assert backlog.live == {}


def test_enough_is_enough() -> None:
    backlog, destination = Backlog(), Destination(NextHop("x", ()))
    for _ in range(MOST_JOBS + 1):
        backlog.keep(destination, *message(), b"")
    assert backlog.full
    backlog.take(destination)
    assert not backlog.full


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), max_size=20), st.integers(0, 20))
def test_each_domain_comes_once_at_its_earliest_date(planned: list[tuple[str, int]], now: int) -> None:
    calendar = Calendar()
    for domain, due in planned:
        calendar.plan(domain, due)
    wanted = {domain for domain, due in planned if due <= now}
    found = []
    while (come := calendar.next_due(now)) is not None:
        found.append(come)
    assert sorted(found) == sorted(wanted)
