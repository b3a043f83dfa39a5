"""gateway.smtp.loops"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.loops import MOST_HOPS, MOST_VISITS, Trace, read_trace

OURS = frozenset({"mail.ours.example"})
HERE = b"Received: from a.example (a [192.0.2.1])\r\n\tby Mail.Ours.Example with ESMTP; now\r\n"
THERE = b"RECEIVED : from by.example\r\n by mx.example.com (x) with ESMTP; now\r\n"


def test_hops_and_visits() -> None:
    header = HERE + b"X-Received: no\r\nSubject: Received: no\r\n by mail.ours.example\r\n" + THERE + HERE
    assert read_trace(header, OURS) == Trace(3, 2)


def test_limits() -> None:
    assert read_trace(THERE * MOST_HOPS, OURS).looping == ""
    assert read_trace(THERE * (MOST_HOPS + 1), OURS).looping == "the message has passed 101 hosts"
    assert read_trace(HERE * MOST_VISITS, OURS).looping == ""
    assert read_trace(HERE * (MOST_VISITS + 1), OURS).looping == "the message has been here 11 times"


@given(st.binary(max_size=200))
def test_any_header_can_be_read(header: bytes) -> None:
    trace = read_trace(b"Received: " + header, OURS)
    assert trace.hops >= 1
