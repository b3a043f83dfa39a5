"""ORCPT: from the parameter to the notice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.original import OriginalRecipient
from gateway.smtp.xtext import BadXtext


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("rfc822;Bob+2Btag@Example.com", OriginalRecipient("rfc822", "Bob+tag@Example.com")),
        ("RFC822;a@b", OriginalRecipient("RFC822", "a@b")),
        ("utf-8;bücher@example.com", OriginalRecipient("utf-8", "bücher@example.com")),
        ("utf-8;b\\x{FC}cher@example.com", OriginalRecipient("utf-8", "bücher@example.com")),
        ("utf-8;b+5Cx{FC}cher@example.com", OriginalRecipient("utf-8", "bücher@example.com")),
    ],
)
def test_original_recipients(value: str, wanted: OriginalRecipient) -> None:
    assert OriginalRecipient.parse(value) == wanted


@pytest.mark.parametrize(
    "value",
    [
        "",
        "rfc822",
        "rfc822;",
        ";a@b",
        "-;a@b",
        "rfc822;a b",
        "rfc822;a+0Ab",
        "utf-8;a\\x{D800}b",
        "utf-8;a\\x{0A}b",
        "utf-8;a\\x{FFFFFF}b",
    ],
)
def test_what_is_none(value: str) -> None:
    with pytest.raises(BadXtext):
        OriginalRecipient.parse(value)


def test_a_utf8_address_in_an_ascii_notice() -> None:
    original = OriginalRecipient("utf-8", "bücher@例.example")
    assert original.field(utf8=True) == "utf-8; bücher@例.example"
    assert original.field(utf8=False) == "utf-8; b\\x{FC}cher@\\x{4F8B}.example"


@given(st.text(max_size=40))
def test_any_text_is_an_original_recipient_or_not(text: str) -> None:
    for value in (text, f"rfc822;{text}", f"utf-8;{text}"):
        try:
            found = OriginalRecipient.parse(value)
        except BadXtext:
            continue
        assert not any(char in found.address for char in "\r\n\x00")
        assert found.parameter().isascii()
        assert found.field(utf8=False).isascii()
        assert OriginalRecipient.parse(found.parameter()) == found
