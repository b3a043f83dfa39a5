"""gateway.delivery.certificates"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.certificates import name_matches, path_to, speaks_for
from tests.gateway.delivery.pki import NOW, issue

ROOT = issue(ca=True)
MIDDLE = issue(ca=True, by=ROOT, path_length=0)
LEAF = issue("mx.example.com", "*.mail.example.com", "192.0.2.1", by=MIDDLE)


@pytest.mark.parametrize(
    ("pattern", "name", "wanted"),
    [
        ("mx.example.com", "mx.example.com", True),
        ("MX.Example.com.", "mx.example.com", True),
        ("*.example.com", "mx.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.mx.example.com", False),
        ("m*.example.com", "mx.example.com", False),
        ("*.com", "example.com", False),
        ("*", "example", False),
        ("*.*.com", "a.b.com", False),
        ("*.example.com", ".example.com", False),
    ],
)
def test_wildcards_stand_for_one_whole_label(pattern: str, name: str, wanted: bool) -> None:
    assert name_matches(pattern, name) is wanted


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_can_be_compared(pattern: str, name: str) -> None:
    assert name_matches(pattern, name) in (True, False)


def test_reference_names() -> None:
    assert speaks_for(LEAF.certificate, ["other.example", "mx.example.com"])
    assert speaks_for(LEAF.certificate, ["a.mail.example.com"])
    assert speaks_for(LEAF.certificate, ["192.0.2.1"])
    assert not speaks_for(LEAF.certificate, ["192.0.2.2", "example.com", "a..b"])


def test_the_common_name_does_not_count() -> None:
    named = issue("other.example", common_name="mx.example.com")
    assert not speaks_for(named.certificate, ["mx.example.com"])
    assert not speaks_for(issue().certificate, ["test"])


def test_a_path_leads_through_authorities_to_an_anchor() -> None:
    others = [MIDDLE.certificate, ROOT.certificate]
    assert path_to(LEAF.certificate, others, [ROOT.certificate], NOW)
    assert path_to(LEAF.certificate, others, [MIDDLE.certificate], NOW)
    assert path_to(LEAF.certificate, [MIDDLE.certificate], [ROOT.certificate], NOW)
    assert not path_to(LEAF.certificate, [], [ROOT.certificate], NOW)
    assert not path_to(LEAF.certificate, others, [issue(ca=True).certificate], NOW)


def test_dates_count_on_the_whole_path() -> None:
    assert not path_to(LEAF.certificate, [MIDDLE.certificate], [ROOT.certificate], NOW + timedelta(days=31))
    old = issue(ca=True, by=ROOT, end=timedelta(hours=-1))
    below = issue("mx.example.com", by=old)
    assert not path_to(below.certificate, [old.certificate], [ROOT.certificate], NOW)


def test_a_leaf_cannot_issue() -> None:
    forged = issue("mx.example.com", by=LEAF)
    assert not path_to(forged.certificate, [LEAF.certificate, MIDDLE.certificate], [ROOT.certificate], NOW)


def test_path_length_is_kept() -> None:
    below = issue(ca=True, by=MIDDLE)
    leaf = issue("mx.example.com", by=below)
    assert not path_to(leaf.certificate, [below.certificate, MIDDLE.certificate], [ROOT.certificate], NOW)
