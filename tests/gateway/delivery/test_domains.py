"""gateway.delivery.domains"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.domains import (
    BadDomain,
    DomainTable,
    candidates,
    entry_key,
    literal_address,
    to_ascii,
    to_unicode,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("localhost", "localhost"),
    ],
)
def test_names_become_lower_case_a_labels(name: str, wanted: str) -> None:
    assert to_ascii(name) == wanted


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a..b",
        "-a.example",
        "a b.example",
        "a." * 127 + "abc",
        "x" * 64 + ".example",
        "ü\ud800",
    ],
)
def test_what_dns_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(BadDomain):
        to_ascii(name)


@given(st.text(max_size=80))
def test_any_text_gives_a_name_or_bad_domain(text: str) -> None:
    try:
        name = to_ascii(text)
    except BadDomain:
        return
    assert name.isascii()
    assert name == name.lower()
    assert to_ascii(name) == name
    to_unicode(name)


def test_unicode_is_shown_to_people() -> None:
    assert to_unicode("xn--bcher-kva.example") == "bücher.example"
    assert to_unicode("xn--\x00.example") == "xn--\x00.example"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[192.0.2.1]", "192.0.2.1"),
        ("[IPv6:2001:DB8::1]", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("192.0.2.1", None),
        ("[192.0.2.1", None),
        ("[example.com]", None),
    ],
)
def test_literals(text: str, wanted: str | None) -> None:
    assert literal_address(text) == wanted


def test_keys() -> None:
    assert entry_key("all") == "ALL"
    assert entry_key(".Bücher.example") == ".xn--bcher-kva.example"
    assert list(candidates("a.b.c")) == ["a.b.c", ".b.c", ".c", "ALL"]


def test_the_most_specific_entry_wins_whatever_the_order() -> None:
    table = DomainTable({"ALL": 0, ".com": 1, ".example.com": 2, "mail.example.com": 3})
    assert table.find("mail.example.com") == 3
    assert table.find("other.example.com") == 2
    assert table.find("example.com") == 1
    assert table.find("example.org") == 0
    assert table.find("[192.0.2.1]") == 0
    assert len(table) == 4
    assert "ALL" in table


def test_a_dot_entry_is_not_for_the_domain_itself() -> None:
    assert DomainTable({".example.com": 1}).find("example.com") is None
    assert DomainTable[int]().find("example.com") is None
