"""gateway.dns.domains"""

from __future__ import annotations

import pytest

from gateway.dns.domains import DomainTable, candidates, entry_key, literal_address


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
