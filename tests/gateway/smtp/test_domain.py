"""Domain names from the wire and from the keyboard (G24)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.domain import BadDomain, typed_domain, unicode_domain, wire_domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        (" Bücher.Example ", "xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("ＥＸＡＭＰＬＥ.com", "example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("straße.de", "xn--strae-oqa.de"),
    ],
)
def test_typed(text: str, domain: str) -> None:
    assert typed_domain(text) == domain


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "-a", "a-", "a b", "a/b", "☃.example", "a" * 64, "a." * 130 + "a"]
)
def test_refused(text: str) -> None:
    with pytest.raises(BadDomain):
        typed_domain(text)
    with pytest.raises(BadDomain):
        wire_domain(text)


def test_the_wire_is_not_mapped() -> None:
    for text in ("例え。テスト", "ＥＸＡＭＰＬＥ.com"):
        with pytest.raises(BadDomain):
            wire_domain(text)


def test_for_people() -> None:
    assert unicode_domain("mail.xn--bcher-kva.example") == "mail.bücher.example"
    assert unicode_domain("mail.example") == "mail.example"
    assert unicode_domain("xn--\u0080") == "xn--\u0080"


@given(st.text(max_size=60))
def test_raises_nothing_else(text: str) -> None:
    for read in (typed_domain, wire_domain):
        try:
            domain = read(text)
        except BadDomain as error:
            assert str(error)
        else:
            assert domain.isascii() and domain == domain.lower()
            assert read(domain) == domain
    unicode_domain(text)
