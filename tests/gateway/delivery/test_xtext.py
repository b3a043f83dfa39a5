"""gateway.delivery.xtext"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.xtext import OriginalRecipient, decode, encode, parse_original, to_unitext


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_xtext_goes_both_ways(text: str) -> None:
    assert decode(encode(text)) == text


@pytest.mark.parametrize("text", ["a b", "a=b", "+4", "+4g", "+0A", "+FF", "+2b", "ü"])
def test_what_is_no_xtext(text: str) -> None:
    assert decode(text) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("rfc822;Bob+2Btag@Example.com", OriginalRecipient("rfc822", "Bob+tag@Example.com")),
        ("RFC822;a@b", OriginalRecipient("rfc822", "a@b")),
        ("utf-8;bücher@example.com", OriginalRecipient("utf-8", "bücher@example.com")),
        ("utf-8;b\\x{FC}cher@example.com", OriginalRecipient("utf-8", "bücher@example.com")),
        ("utf-8;b+5Cx{FC}cher@example.com", OriginalRecipient("utf-8", "bücher@example.com")),
        ("rfc822;", None),
        ("rfc822", None),
        (";a@b", None),
        ("rfc822;a b", None),
        ("utf-8;a\\x{D800}b", None),
        ("utf-8;a\\x{0A}b", None),
        ("utf-8;a\\x{FFFFFF}b", None),
    ],
)
def test_original_recipients(value: str, wanted: OriginalRecipient | None) -> None:
    assert parse_original(value) == wanted


def test_a_utf8_address_in_an_ascii_notice() -> None:
    original = OriginalRecipient("utf-8", "bücher@例.example")
    assert original.to_field(utf8=True) == "utf-8; bücher@例.example"
    assert original.to_field(utf8=False) == "utf-8; b\\x{FC}cher@\\x{4F8B}.example"


@given(st.text(max_size=40))
def test_any_text_is_an_original_recipient_or_not(text: str) -> None:
    for value in (text, f"rfc822;{text}", f"utf-8;{text}"):
        found = parse_original(value)
        if found is not None:
            assert not any(char in found.address for char in "\r\n\x00")
            assert found.to_field(utf8=False).isascii()


@given(st.text(alphabet=st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc"]), min_size=1))
def test_unitext_goes_both_ways(address: str) -> None:
    assert parse_original(f"utf-8;{to_unitext(address)}") == OriginalRecipient("utf-8", address)
