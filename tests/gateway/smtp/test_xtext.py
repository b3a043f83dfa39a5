"""xtext and its utf-8 cousins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.xtext import BadXtext, decode_utf8_address, decode_xtext, encode_utf8_address, encode_xtext

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(TEXT)
def test_round_trip(text: str) -> None:
    encoded = encode_xtext(text)
    assert encoded.isascii() and encoded.isprintable()
    assert " " not in encoded and "=" not in encoded
    assert decode_xtext(encoded) == text
    address = encode_utf8_address(text)
    assert address.isascii()
    assert decode_utf8_address(address) == text


@pytest.mark.parametrize("text", ["+", "+4", "+4g", "+ff", "a=b", "a b", "é", "+FF", "\n"])
def test_refused(text: str) -> None:
    with pytest.raises(BadXtext):
        decode_xtext(text)


@pytest.mark.parametrize("text", ["\\", "\\x{}", "\\x{110000}", "\\x{DFFF}", "\\x{zz}", "a+b", "a=b", " "])
def test_refused_address(text: str) -> None:
    with pytest.raises(BadXtext):
        decode_utf8_address(text)


@given(st.text(max_size=40))
def test_raises_nothing_else(text: str) -> None:
    for decode in (decode_xtext, decode_utf8_address):
        try:
            decode(text)
        except BadXtext as error:
            assert str(error)
