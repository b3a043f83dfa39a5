"""The address grammar against a slow reference, round trips, and no input that is slow."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.address import BadAddress, Mailbox, parse_forward_path, parse_mailbox, parse_reverse_path

# RFC 5321 section 4.1.2, character by character, to be read against the ABNF.
ALNUM = string.ascii_letters + string.digits
ATEXT = ALNUM + "!#$%&'*+-/=?^_`{|}~"


class No(Exception):
    """The text is not in the language."""


class Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, allowed: str) -> str:
        character = self.peek()
        if not character or character not in allowed:
            raise No
        self.at += 1
        return character

    def many(self, allowed: str) -> str:
        got = self.take(allowed)
        while self.peek() and self.peek() in allowed:
            got += self.take(allowed)
        return got

    def dot_string(self) -> str:
        got = self.many(ATEXT)
        while self.peek() == ".":
            got += self.take(".") + self.many(ATEXT)
        return got

    def quoted_string(self) -> str:
        got = self.take('"')
        while self.peek() != '"':
            if self.peek() == "\\":
                got += self.take("\\") + self.take("".join(map(chr, range(32, 127))))
            else:
                got += self.take("".join(chr(c) for c in range(32, 127) if chr(c) not in '"\\'))
        return got + self.take('"')

    def sub_domain(self) -> str:
        got = self.many(ALNUM + "-")
        if got[0] == "-" or got[-1] == "-" or len(got) > 63:
            raise No
        return got

    def domain(self) -> str:
        got = self.sub_domain()
        while self.peek() == ".":
            got += self.take(".") + self.sub_domain()
        return got


def reference_mailbox(text: str) -> tuple[str, str]:
    """Local part and domain; domains only, no literals. Raises No."""
    reader = Reader(text)
    local = reader.quoted_string() if reader.peek() == '"' else reader.dot_string()
    reader.take("@")
    domain = reader.domain()
    if reader.peek() or len(local) > 64 or len(domain) > 255 or len(text) > 254:
        raise No
    return local, domain


MAIL_LIKE = st.text(st.sampled_from('ab1-._@"\\ <>[]:,+é\x00\n'), max_size=24)


@given(st.one_of(MAIL_LIKE, st.text(max_size=80)))
def test_agrees_with_the_slow_reference(text: str) -> None:
    try:
        expected: Mailbox | None = None
        local, domain = reference_mailbox(text)
        expected = Mailbox(local, domain.lower())
    except No:
        pass
    try:
        found = parse_mailbox(text)
    except BadAddress:
        assert expected is None
    else:
        assert found == expected or found.literal


@given(
    st.one_of(MAIL_LIKE, st.text(max_size=80), st.text(st.characters(codec=None), max_size=40)), st.booleans()
)
def test_raises_nothing_but_its_own_error(text: str, utf8: bool) -> None:
    for parse in (parse_mailbox, parse_forward_path, parse_reverse_path):
        for variant in (text, f"<{text}>"):
            try:
                parse(variant, utf8=utf8)
            except BadAddress as error:
                assert str(error)


LOCALS = st.one_of(
    st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,10}(\.[a-z0-9]{1,5}){0,3}", fullmatch=True),
    st.from_regex(r'"([ !#-\[\]-~]|\\[ -~]){0,20}"', fullmatch=True),
    st.from_regex(r"[a-zéüß用户]{1,16}", fullmatch=True),
)
DOMAINS = st.sampled_from(
    ["example.com", "bücher.example", "例え.テスト", "[192.0.2.1]", "[IPv6:2001:db8::1]", "a-b.c"]
)


@given(LOCALS, DOMAINS)
def test_round_trip(local: str, domain: str) -> None:
    mailbox = parse_mailbox(f"{local}@{domain}", utf8=True)
    assert mailbox.local == local
    assert parse_mailbox(str(mailbox), utf8=True) == mailbox
    assert parse_forward_path(f"<{mailbox.readable}>", utf8=True) == (mailbox, "")


def test_no_input_is_slow() -> None:
    """A regular expression that backtracks would never come back from these; the timeout judges."""
    for unit in ("a.", "a-", "-", "\\", '\\"', "@a,", "a", '"', "<", "é", "[", ":"):
        for text in (
            unit * 50_000,
            f"<{unit * 50_000}",
            f"<{unit * 50_000}>",
            f"<@a,{unit * 50_000}:",
            f'<"{unit * 50_000}',
        ):
            for utf8 in (False, True):
                with pytest.raises(BadAddress):
                    parse_forward_path(text, utf8=utf8)
