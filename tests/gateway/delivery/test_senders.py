"""gateway.delivery.senders"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.senders import LIFE, TaggedSender, TagVerdict, tag, untag

KEYS = {1: b"first", 2: b"second"}
DAY = 86_400.0


@given(st.emails(), st.floats(0, 4e9))
def test_a_tag_is_good_for_its_life(sender: str, now: float) -> None:
    tagged = tag(sender, KEYS, 2, now)
    assert untag(tagged, KEYS, now) == TaggedSender(sender, TagVerdict.GOOD)
    assert untag(tagged.upper(), KEYS, now).verdict is TagVerdict.GOOD
    assert untag(tagged, KEYS, now + (LIFE + 1) * DAY).verdict is TagVerdict.STALE


def test_the_shape_is_the_drafts() -> None:
    tagged = tag("a@example.com", KEYS, 1, 0.0)
    assert tagged.startswith("prvs=1007")
    assert tagged.endswith("=a@example.com")
    assert len(tagged) == len("prvs=KDDDSSSSSS=a@example.com")


def test_what_is_not_tagged() -> None:
    assert tag("", KEYS, 1, 0.0) == ""
    tagged = tag("a@example.com", KEYS, 1, 0.0)
    assert tag(tagged, KEYS, 1, 0.0) == tagged


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("a@example.com", TagVerdict.UNTAGGED),
        ("prvs=1007abcdef=a@example.com", TagVerdict.FORGED),
        ("prvs=9007abcdef=a@example.com", TagVerdict.FORGED),
        ("prvs=100abcdef=a@example.com", TagVerdict.UNTAGGED),
    ],
)
def test_what_is_not_ours(address: str, verdict: TagVerdict) -> None:
    assert untag(address, KEYS, 0.0).verdict is verdict


def test_a_tag_is_for_one_sender() -> None:
    tagged = tag("a@example.com", KEYS, 1, 0.0)
    assert untag(tagged.replace("=a@", "=b@"), KEYS, 0.0).verdict is TagVerdict.FORGED


@given(st.text(max_size=60))
def test_any_address_gets_a_verdict(address: str) -> None:
    untag(address, KEYS, 0.0)
    untag("prvs=1" + address, KEYS, 0.0)
