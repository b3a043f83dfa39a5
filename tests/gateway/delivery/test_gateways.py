"""gateway.delivery.gateways"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.gateways import BadGatewayRules, GatewayRules, VirtualGateway, parse_rules

TEXT = """\
ceo@example.com    Special
@example.com       One   # the company
.example.com       Two
@bücher.example    One
192.0.2.0/24       Net
192.0.2.7          Host
2001:db8::/32      Net
"""
NAMES = ("Special", "One", "Two", "Net", "Host")


@pytest.mark.parametrize(
    ("sender", "client", "wanted"),
    [
        ("CEO@Example.com", "", "Special"),
        ("x@example.com", "192.0.2.1", "One"),
        ("x@a.b.example.com", "", "Two"),
        ("x@xn--bcher-kva.example", "", "One"),
        ("x@BÜCHER.example", "", "One"),
        ("x@other.example", "192.0.2.1", "Net"),
        ("", "192.0.2.7", "Host"),
        ("", "2001:db8::5", "Net"),
        ("x@other.example", "198.51.100.1", None),
        ("x@a..b", "nonsense", None),
        ("postmaster", "", None),
    ],
)
def test_rules(sender: str, client: str, wanted: str | None) -> None:
    assert parse_rules(TEXT, NAMES).find(sender, client) == wanted


def test_export_can_be_imported() -> None:
    rules = parse_rules(TEXT, NAMES)
    assert parse_rules(rules.to_text(), NAMES).to_text() == rules.to_text()
    assert GatewayRules().find("a@b.example", "192.0.2.1") is None


def test_every_faulty_line_is_named() -> None:
    with pytest.raises(BadGatewayRules) as caught:
        parse_rules("@a.example\n@a..b One\n@a.example One\n@A.example Two\n@b.example Nowhere\n", NAMES)
    assert [number for number, _ in caught.value.fields["lines"]] == [1, 2, 4, 5]


def test_a_gateway_sends_from_the_family_of_the_destination() -> None:
    gateway = VirtualGateway("One", "one.example.com", "192.0.2.1", "2001:db8::1")
    assert gateway.source("198.51.100.1") == "192.0.2.1"
    assert gateway.source("2001:db8::99") == "2001:db8::1"
    assert VirtualGateway("Two", "two.example.com").source("198.51.100.1") == ""


@given(st.text(alphabet=st.sampled_from("aB@.:/0129 \n#-Oneü"), max_size=60))
def test_any_text_is_rules_or_a_mistake(text: str) -> None:
    try:
        rules = parse_rules(text, NAMES)
    except BadGatewayRules:
        return
    assert parse_rules(rules.to_text(), NAMES).to_text() == rules.to_text()
