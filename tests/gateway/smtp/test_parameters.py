"""Parameters of MAIL and RCPT: SIZE, BODY, SMTPUTF8, AUTH and the DSN ones."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.address import AddressProblem, BadAddress, Mailbox
from gateway.smtp.original import OriginalRecipient
from gateway.smtp.parameters import (
    BadParameter,
    Body,
    MailParameters,
    Notify,
    RcptParameters,
    Return,
    parse_mail_command,
    parse_rcpt_command,
)
from gateway.smtp.xtext import encode_utf8_address, encode_xtext

SENDER = "<a@example.com>"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", MailParameters()),
        (" ", MailParameters()),
        (" SIZE=1000", MailParameters(size=1000)),
        (" size=0 body=8bitmime", MailParameters(size=0, body=Body.EIGHT_BIT)),
        (" BODY=BINARYMIME ", MailParameters(body=Body.BINARY)),
        (" SMTPUTF8", MailParameters(smtputf8=True)),
        (" AUTH=<>", MailParameters(auth="")),
        (" AUTH=e+3Dmc2@example.com", MailParameters(auth="e=mc2@example.com")),
        (" RET=hdrs ENVID=QQ314159+2B", MailParameters(ret=Return.HEADERS, envid="QQ314159+")),
        (" ENVID=CaseKept", MailParameters(envid="CaseKept")),
    ],
)
def test_mail(words: str, expected: MailParameters) -> None:
    assert parse_mail_command(SENDER + words) == (Mailbox("a", "example.com"), expected)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (" FOO", 555),
        (" X-Y=1", 555),
        (" SIZE", 501),
        (" SIZE=", 501),
        (" SIZE=-1", 501),
        (" SIZE=" + "9" * 21, 501),
        (" SIZE=١", 501),
        (" SIZE=1 SIZE=2", 501),
        (" BODY=9BIT", 501),
        (" SMTPUTF8=yes", 501),
        (" AUTH=x", 501),
        (" AUTH=a@b=", 501),
        (" AUTH=" + "a" * 600, 501),
        (" RET=ALL", 501),
        (" ENVID=+2", 501),
        (" ENVID=+2b", 501),
        (" ENVID=a+0A", 501),
        (" ENVID=" + "x" * 101, 501),
        ("  SIZE=1", 501),
        (" SIZE=1  BODY=7BIT", 501),
        (" -SIZE=1", 501),
        (" <b@example.com>", 501),
        (" NOTIFY=NEVER", 555),
    ],
)
def test_mail_refused(words: str, code: int) -> None:
    with pytest.raises(BadParameter) as raised:
        parse_mail_command(SENDER + words)
    assert raised.value.code == code


def test_only_what_was_offered() -> None:
    with pytest.raises(BadParameter):
        parse_mail_command(SENDER + " SIZE=1", offered=frozenset({"BODY"}))
    with pytest.raises(BadAddress) as raised:
        parse_mail_command("<ü@example.com> SMTPUTF8", offered=frozenset({"BODY"}))
    assert raised.value.problem is AddressProblem.UTF8


@pytest.mark.parametrize("words", ["", " BODY=8BITMIME", " "])
def test_an_internationalized_sender_needs_the_keyword(words: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_mail_command("<a@bücher.example>" + words)
    assert raised.value.problem is AddressProblem.UTF8
    assert parse_mail_command("<a@bücher.example> SMTPUTF8")[0] == Mailbox("a", "xn--bcher-kva.example")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", RcptParameters()),
        (" NOTIFY=NEVER", RcptParameters(notify=frozenset({Notify.NEVER}))),
        (" NOTIFY=success,DELAY", RcptParameters(notify=frozenset({Notify.SUCCESS, Notify.DELAY}))),
        (
            " ORCPT=rfc822;Bob+2B1@Example.COM",
            RcptParameters(orcpt=OriginalRecipient("rfc822", "Bob+1@Example.COM")),
        ),
        (
            r" ORCPT=utf-8;\x{FC}@example.com",
            RcptParameters(orcpt=OriginalRecipient("utf-8", "ü@example.com")),
        ),
    ],
)
def test_rcpt(words: str, expected: RcptParameters) -> None:
    assert parse_rcpt_command("<b@example.com>" + words) == (Mailbox("b", "example.com"), expected)


@pytest.mark.parametrize(
    "words",
    [
        " NOTIFY=",
        " NOTIFY=NEVER,DELAY",
        " NOTIFY=DELAY,DELAY",
        " NOTIFY=DELAY,",
        " NOTIFY=OFTEN",
        " ORCPT=rfc822",
        " ORCPT=rfc822;",
        " ORCPT=;a@b",
        " ORCPT=rfc822;a+0Ab",
        " ORCPT=rfc822;" + "a" * 500,
        r" ORCPT=utf-8;\x{D800}",
        " ORCPT=utf-8;ü@example.com",
        " SIZE=1",
    ],
)
def test_rcpt_refused(words: str) -> None:
    with pytest.raises(BadParameter):
        parse_rcpt_command("<b@example.com>" + words)


def test_utf8_orcpt_in_clear_with_smtputf8() -> None:
    _, parameters = parse_rcpt_command("<ü@example.com> ORCPT=utf-8;ü@example.com", utf8=True)
    assert parameters.orcpt == OriginalRecipient("utf-8", "ü@example.com")


@given(st.text(max_size=60), st.booleans())
def test_raises_nothing_but_its_own_errors(text: str, utf8: bool) -> None:
    for parse in (parse_mail_command, partial(parse_rcpt_command, utf8=utf8)):
        try:
            parse(f"<a@example.com> {text}")
        except (BadParameter, BadAddress) as error:
            assert str(error)


@given(st.from_regex(r"[!-~]{1,60}", fullmatch=True))
def test_orcpt_round_trips(text: str) -> None:
    _, plain = parse_rcpt_command(f"<b@example.com> ORCPT=rfc822;{encode_xtext(text)}")
    assert plain.orcpt == OriginalRecipient("rfc822", text)
    _, wide = parse_rcpt_command(f"<b@example.com> ORCPT=utf-8;{encode_utf8_address(text + 'ü')}")
    assert wide.orcpt == OriginalRecipient("utf-8", text + "ü")
