"""gateway.delivery.dsn, read back with the standard library's parser"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.dsn import (
    COPY_LIMIT,
    Action,
    Original,
    RecipientReport,
    Reporter,
    build,
    header_of,
    wanted,
)
from gateway.smtp.original import OriginalRecipient
from gateway.smtp.parameters import Notify, Return

CONTENT = b"From: a@ours.example\r\nSubject: hello\r\n\r\nThe body.\r\n"
REPORTER = Reporter("mail.ours.example")
ORIGINAL = Original("a@ours.example", CONTENT, len(CONTENT), 1_000.0, "ENV+1")
FAILED = RecipientReport(
    "bob@example.com",
    Action.FAILED,
    "5.1.1",
    "Unknown address error",
    "550 5.1.1 No such user",
    "mx.example.com",
    OriginalRecipient("rfc822", "Bob@Example.com"),
    2_000.0,
)


def parts(original: Original = ORIGINAL, *reports: RecipientReport) -> tuple[EmailMessage, list[Any]]:
    notice = build(REPORTER, original, reports or (FAILED,), now=3_000.0, token="T1")
    assert b"\n" not in notice.content.replace(b"\r\n", b"")
    message = email.message_from_bytes(notice.content, policy=email.policy.SMTP)
    assert not message.defects
    return message, cast(list[Any], message.get_payload())


def test_a_failure() -> None:
    message, (text, status, copy) = parts()
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert message["From"] == "Mail Delivery System <MAILER-DAEMON@mail.ours.example>"
    assert message["To"] == "a@ours.example"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Message-ID"] == "<T1@mail.ours.example>"
    assert "No such user" in text.get_payload()
    assert status.get_content_type() == "message/delivery-status"
    whole, one = status.get_payload()
    assert dict(whole.items()) == {
        "Original-Envelope-Id": "ENV+1",
        "Reporting-MTA": "dns; mail.ours.example",
        "Arrival-Date": "Thu, 01 Jan 1970 00:16:40 -0000",
    }
    assert dict(one.items()) == {
        "Original-Recipient": "rfc822; Bob@Example.com",
        "Final-Recipient": "rfc822; bob@example.com",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": "dns; mx.example.com",
        "Diagnostic-Code": "smtp; 550 5.1.1 No such user",
        "Last-Attempt-Date": "Thu, 01 Jan 1970 00:33:20 -0000",
    }
    assert copy.get_content_type() == "message/rfc822"
    assert copy.get_payload()[0]["Subject"] == "hello"


def test_several_recipients_have_a_group_each() -> None:
    _, (_, status, _) = parts(ORIGINAL, FAILED, replace(FAILED, address="eve@example.com", original=None))
    groups = status.get_payload()
    assert [group["Final-Recipient"] for group in groups[1:]] == [
        "rfc822; bob@example.com",
        "rfc822; eve@example.com",
    ]


def test_a_delay_returns_headers_and_says_until_when() -> None:
    report = replace(FAILED, action=Action.DELAYED, status="4.4.1", retry_until=260_000.0)
    message, (text, status, copy) = parts(ORIGINAL, report)
    assert message["Subject"] == "Delivery Status Notification (Delay)"
    assert status.get_payload()[1]["Will-Retry-Until"] == "Sun, 04 Jan 1970 00:13:20 -0000"
    assert copy.get_content_type() == "text/rfc822-headers"
    assert "body" not in copy.get_payload()
    assert "still waiting" in text.get_payload()


@pytest.mark.parametrize(
    ("ret", "size", "kind"),
    [
        (None, 100, "message/rfc822"),
        (Return.FULL, 100, "message/rfc822"),
        (Return.HEADERS, 100, "text/rfc822-headers"),
        (None, COPY_LIMIT, "text/rfc822-headers"),
        (Return.FULL, COPY_LIMIT, "text/rfc822-headers"),
    ],
)
def test_how_much_of_the_original_goes_back(ret: Return | None, size: int, kind: str) -> None:
    content = CONTENT + b"x" * (size - len(CONTENT))
    _, (_, _, copy) = parts(replace(ORIGINAL, content=content, size=size, ret=ret))
    assert copy.get_content_type() == kind


def test_headers_are_cut_at_a_line() -> None:
    header = b"".join(b"X-%04d: %s\r\n" % (n, b"y" * 90) for n in range(200))
    cut = header_of(header + b"\r\nbody")
    assert COPY_LIMIT - 100 < len(cut) <= COPY_LIMIT
    assert cut.endswith(b"y\r\n")
    assert header_of(CONTENT) == CONTENT[:-13]
    assert header_of(b"\r\nbody") == b""


def test_utf8_variants() -> None:
    content = "Subject: Grüße\r\n\r\nHallo\r\n".encode()
    original = Original("bücher@ours.example", content, len(content), 0.0, utf8=True)
    report = replace(
        FAILED, address="用户@example.com", original=OriginalRecipient("utf-8", "用户@example.com")
    )
    notice = build(REPORTER, original, [report], now=0.0, token="T1")
    assert notice.utf8
    text = notice.content.decode()
    assert "Content-Type: message/global-delivery-status\r\n" in text
    assert "Content-Type: message/global\r\n" in text
    assert "Final-Recipient: utf-8; 用户@example.com\r\n" in text
    assert "Original-Recipient: utf-8; 用户@example.com\r\n" in text
    assert "Content-Transfer-Encoding: 8bit" in text


def test_an_ascii_notice_is_ascii_whatever_the_server_said() -> None:
    notice = build(
        REPORTER, ORIGINAL, [replace(FAILED, diagnostic="550 Benutzer ungültig")], now=0.0, token="T1"
    )
    assert notice.content.isascii()
    assert not notice.utf8


@given(st.text(max_size=200), st.text(max_size=40))
def test_a_server_cannot_write_fields_of_its_own(said: str, remote: str) -> None:
    notice = build(
        REPORTER,
        ORIGINAL,
        [replace(FAILED, diagnostic=f"550 {said}\r\nAction: delivered", remote=remote)],
        now=0.0,
        token="T1",
    )
    assert b"\r\nAction: delivered" not in notice.content
    assert max(map(len, notice.content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("action", "notify", "gets"),
    [
        (Action.FAILED, [], True),
        (Action.DELAYED, [], True),
        (Action.DELIVERED, [], False),
        (Action.FAILED, [Notify.NEVER], False),
        (Action.FAILED, [Notify.SUCCESS], False),
        (Action.FAILED, [Notify.FAILURE, Notify.DELAY], True),
        (Action.DELAYED, [Notify.FAILURE], False),
        (Action.RELAYED, [Notify.SUCCESS], True),
        (Action.DELIVERED, [Notify.SUCCESS], True),
    ],
)
def test_who_gets_one(action: Action, notify: list[Notify], gets: bool) -> None:
    assert wanted(action, "a@ours.example", frozenset(notify)) is gets
    assert not wanted(action, "", frozenset(notify)), "never to the null path"
