"""The recipient access table: who is taken, and its text form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.rat import (
    ALL,
    EVERYONE_REJECTED,
    Option,
    RatEntry,
    RecipientAccessTable,
    RecipientRule,
    Response,
    format_rat,
    parse_rat,
    parse_recipient,
)
from gateway.access.tokens import BadTable
from gateway.smtp.address import BadAddress, Mailbox, parse_forward_path, parse_mailbox
from gateway.smtp.domain import BadDomain

TABLE = """\
# File exported by the GUI at 20060530T220526
postmaster@example.com ACCEPT BYPASS_RECEIVING_CONTROL
old@example.com REJECT "550 5.1.6 She has moved on" (since May)
example.com ACCEPT
.example.com ACCEPT
abuse@ ACCEPT BYPASS_LDAP_ACCEPT BYPASS_RECEIVING_CONTROL
bücher.example ACCEPT "250 Taken"
[192.0.2.1] ACCEPT
"a b"@quoted.example ACCEPT
ALL REJECT
"""


@pytest.mark.parametrize(
    ("address", "recipient"),
    [
        ("Postmaster@Example.com", "postmaster@example.com"),
        ('"old"@example.com', "old@example.com"),
        ("new@example.com", "example.com"),
        ("a@b.c.example.com", ".example.com"),
        ("abuse@elsewhere.example", "abuse@"),
        ("a@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a@[192.0.2.1]", "[192.0.2.1]"),
        ("a@[192.0.2.2]", ALL),
        (r'"A\ b"@quoted.example', "a b@quoted.example"),
        ("a@badexample.com", ALL),
        ("a@com", ALL),
        ("abuse@[192.0.2.9]", "abuse@"),
    ],
)
def test_first_match(address: str, recipient: str) -> None:
    assert parse_rat(TABLE).decide(parse_mailbox(address)).recipient == recipient


def test_options_and_response() -> None:
    table = parse_rat(TABLE)
    assert table.decide(parse_mailbox("abuse@x.example")).options == set(Option)
    moved = table.decide(parse_mailbox("old@example.com"))
    assert moved.rule is RecipientRule.REJECT
    assert moved.response == Response(550, "5.1.6", "She has moved on")
    assert str(moved.response) == "550 5.1.6 She has moved on"
    assert moved.comment == "since May"
    assert table.decide(Mailbox("a", "xn--bcher-kva.example")).response == Response(250, "", "Taken")


def test_nobody_is_taken_by_default() -> None:
    assert RecipientAccessTable().decide(parse_mailbox("a@b")) is EVERYONE_REJECTED


def test_the_bare_postmaster() -> None:
    mailbox, _ = parse_forward_path("<Postmaster>")
    assert parse_rat("postmaster@ ACCEPT\nALL REJECT").decide(mailbox).rule is RecipientRule.ACCEPT
    assert parse_rat(TABLE).decide(mailbox).rule is RecipientRule.REJECT


@pytest.mark.parametrize(
    ("text", "line", "allowed"),
    [
        ("", 1, "ALL with a rule"),
        ("a@b ACCEPT", 1, "ALL with a rule"),
        ("a@b\nALL REJECT", 2, "ACCEPT, REJECT"),
        ("a@b RELAY\nALL REJECT", 1, "ACCEPT, REJECT"),
        ("a@@b ACCEPT\nALL REJECT", 1, "user@domain"),
        ("@b ACCEPT\nALL REJECT", 1, "user@domain"),
        ("..b ACCEPT\nALL REJECT", 1, "user@domain"),
        ("[1.2.3] ACCEPT\nALL REJECT", 1, "user@domain"),
        ('"x" ACCEPT\nALL REJECT', 1, "user@domain"),
        ("b ACCEPT\nB ACCEPT\nALL REJECT", 2, "once"),
        ("ALL REJECT\nb ACCEPT", 2, "nothing after ALL"),
        ('b ACCEPT "550 No"\nALL REJECT', 1, "printable ASCII"),
        ('b REJECT "250 Yes"\nALL REJECT', 1, "printable ASCII"),
        ('b REJECT "550 N\\no"\nALL REJECT', 1, "printable ASCII"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_allowed(text: str, line: int, allowed: str) -> None:
    with pytest.raises(BadTable) as raised:
        parse_rat(text)
    assert any(problem.line == line and allowed in problem.allowed for problem in raised.value.problems)


def test_round_trip_of_the_example() -> None:
    table = parse_rat(TABLE)
    assert "bücher.example" in format_rat(table)
    assert parse_rat(format_rat(table)) == table


USERS = st.one_of(
    st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}", fullmatch=True),
    st.from_regex(r'"([ !#-\[\]-~]|\\[ -~]){0,10}"', fullmatch=True),
    st.sampled_from(["ü", "用户"]),
)
DOMAINS = st.sampled_from(["example.com", "bücher.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", ""])
RECIPIENTS = st.one_of(
    st.builds(lambda user, domain: f"{user}@{domain}", USERS, DOMAINS),
    st.sampled_from(["example.com", ".bücher.example", "[192.0.2.1]", "[IPv6:2001:db8::1]"]),
).map(parse_recipient)
RESPONSES = st.builds(
    Response,
    st.integers(500, 559),
    st.sampled_from(["", "5.1.1"]),
    st.from_regex(r"[A-Z][ -~]{0,20}", fullmatch=True),
)
COMMENTS = st.text(st.characters(codec="utf-8"), max_size=10).map(lambda text: " ".join(text.split()))
ENTRIES = st.builds(
    RatEntry,
    RECIPIENTS,
    st.just(RecipientRule.REJECT),
    st.frozensets(st.sampled_from(Option)),
    st.one_of(st.none(), RESPONSES),
    COMMENTS,
)


@given(st.lists(ENTRIES, max_size=6, unique_by=lambda entry: entry.recipient))
def test_round_trip(entries: list[RatEntry]) -> None:
    table = RecipientAccessTable((*entries, EVERYONE_REJECTED))
    assert parse_rat(format_rat(table)) == table


@given(st.one_of(st.text(max_size=100), st.lists(st.sampled_from(TABLE.split()), max_size=20).map(" ".join)))
def test_raises_nothing_else(text: str) -> None:
    try:
        table = parse_rat(text)
    except BadTable as error:
        assert error.problems
    else:
        assert parse_rat(format_rat(table)) == table


@given(st.text(max_size=40))
def test_recipients_raise_nothing_else(text: str) -> None:
    try:
        parse_recipient(text)
    except (BadAddress, BadDomain) as error:
        assert str(error)
