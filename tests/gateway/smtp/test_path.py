import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.path import NULL, Path, parse


@pytest.mark.parametrize(
    ("text", "address", "domain", "rest"),
    [
        ("<a@b.example>", "a@b.example", "b.example", ""),
        ("<A.b+c@B.Example> SIZE=3", "A.b+c@B.Example", "b.example", "SIZE=3"),
        ('<"a b"@c.example>', '"a b"@c.example', "c.example", ""),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]", "[192.0.2.1]", ""),
        ("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "[ipv6:2001:db8::1]", ""),
        ("<ä@ü.example>", "ä@ü.example", "ü.example", ""),
    ],
)
def test_good_paths(text: str, address: str, domain: str, rest: str) -> None:
    found = parse(text, sender=True)
    assert found is not None
    assert (found[0].address, found[0].domain, found[1]) == (address, domain, rest)
    assert found[0].international == (not text.isascii())


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "<a@b",
        "a@b>",
        "<a..b@c>",
        "<.a@c>",
        "<a.@c>",
        "<a@>",
        "<@b>",
        "<a@b.>",
        "<a@-b>",
        "<(c)a@b>",
        "<@x,@y:a@b>",
        "<a b@c>",
        "<a@b>SIZE=1",
        "<a@b c>",
        "<>",
        "<a@b\0>",
        "<" + "a" * 65 + "@b>",
        "<a@" + "b." * 127 + "bb>",
    ],
)
def test_bad_recipients(text: str) -> None:
    assert parse(text, sender=False) is None


def test_the_null_sender_and_postmaster() -> None:
    assert parse("<>", sender=True) == (NULL, "")
    assert parse("<> BODY=7BIT", sender=True) == (NULL, "BODY=7BIT")
    assert parse("<Postmaster>", sender=False) == (Path("Postmaster", ""), "")
    assert parse("<postmaster>", sender=True) is None


@given(st.text(max_size=60))
def test_anything_is_answered(text: str) -> None:
    for sender in (True, False):
        found = parse(text, sender=sender)
        assert found is None or "\r" not in found[0].address
