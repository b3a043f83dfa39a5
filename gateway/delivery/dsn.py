"""Delivery status notifications: RFC 3461-3464, in UTF-8 by RFC 6533, loop-safe by RFC 3834.

Pure: a description of the message and of its recipients goes in, the octets of a notice come out. Who gets
one is decided by `wanted`. The envelope sender of a notice is always the null path (RFC 3464 §2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum

from gateway.smtp.original import OriginalRecipient
from gateway.smtp.parameters import Notify, Return

COPY_LIMIT = 10_240  # octets: a longer original is returned as headers only, those cut at the same size
LONGEST_VALUE = 900  # octets of a status field's value; RFC 5322 §2.1.1 allows 998 a line
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Action(StrEnum):
    """RFC 3464 §2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"  # handed to a system that knows no DSN: nobody further on will report
    EXPANDED = "expanded"


_NEEDS = {
    Action.FAILED: Notify.FAILURE,
    Action.DELAYED: Notify.DELAY,
    Action.DELIVERED: Notify.SUCCESS,
    Action.RELAYED: Notify.SUCCESS,
    Action.EXPANDED: Notify.SUCCESS,
}
_TITLES = {
    Action.FAILED: "Delivery Status Notification (Failure)",
    Action.DELAYED: "Delivery Status Notification (Delay)",
}
_OPENINGS = {
    Action.FAILED: "Your message could not be delivered to the recipients below. It is not tried any more.",
    Action.DELAYED: "Your message is still waiting to be delivered to the recipients below.\n"
    "There is nothing you have to do: it is tried again.",
    Action.DELIVERED: "Your message was delivered to the recipients below.",
    Action.RELAYED: "Your message was handed to the next mail system for the recipients below.\n"
    "That system sends no confirmations, so this is the last you hear of it unless something fails.",
    Action.EXPANDED: "Your message was passed on to the members of the lists below.",
}


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What happened to one recipient.

    diagnostic: the reply of `remote`, code first; empty when no server said anything. Times: Unix seconds.
    reason: one sentence for people.
    """

    address: str
    action: Action
    status: str
    reason: str = ""
    diagnostic: str = ""
    remote: str = ""
    original: OriginalRecipient | None = None
    last_attempt: float | None = None
    retry_until: float | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The message a notice is about. `content`: its octets, or their first `COPY_LIMIT`, with CRLF.

    envelope_id: the ENVID parameter decoded; empty if the sender gave none.
    """

    sender: str
    content: bytes
    size: int
    arrived: float
    envelope_id: str = ""
    ret: Return | None = None
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: the host name, and the mailbox notices come from."""

    host: str
    mailbox: str = ""

    @property
    def sender(self) -> str:
        """The address in From:."""
        return self.mailbox or f"MAILER-DAEMON@{self.host}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A finished notice for `recipient`, to be sent from the null path; `utf8`: it needs SMTPUTF8."""

    recipient: str
    content: bytes
    utf8: bool


def title(action: Action) -> str:
    """The Subject of a notice."""
    return _TITLES.get(action, "Delivery Status Notification (Success)")


def wanted(action: Action, sender: str, notify: frozenset[Notify]) -> bool:
    """Whether the sender gets a notice: never the null path; without NOTIFY failures and delays (RFC 3461
    §4.1).

    An empty `notify` is "the parameter was not given".
    """
    if not sender:
        return False
    if not notify:
        return action in (Action.FAILED, Action.DELAYED)
    return Notify.NEVER not in notify and _NEEDS[action] in notify


def build(
    reporter: Reporter, original: Original, reports: Sequence[RecipientReport], *, now: float, token: str
) -> Notice:
    """The notice about `reports`. `token`: unique letters and digits for the boundary and the Message-ID."""
    utf8 = original.utf8 or not all(
        text.isascii() for text in (original.sender, *(r.address for r in reports))
    )
    action = reports[0].action
    boundary = f"{token}/{reporter.host}"
    head = [
        f"From: Mail Delivery System <{reporter.sender}>",
        f"To: {original.sender}",
        f"Subject: {title(action)}",
        f"Date: {formatdate(now, localtime=False)}",
        f"Message-ID: <{token}@{reporter.host}>",
        "Auto-Submitted: auto-replied",  # RFC 3834 §5
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"',
    ]
    copy_type, copied = _copy(original, action, utf8)
    eight = utf8 or not copied.isascii()
    head.append(f"Content-Transfer-Encoding: {'8bit' if eight else '7bit'}")
    parts = [
        _part(
            "text/plain; charset=utf-8" if utf8 else "text/plain; charset=us-ascii",
            _text(reporter, reports, utf8),
            utf8,
            "Notification",
        ),
        _part(
            "message/global-delivery-status" if utf8 else "message/delivery-status",
            _status(reporter, original, reports, utf8),
            utf8,
            "Delivery report",
        ),
        _part(
            copy_type,
            copied,
            not copied.isascii(),
            "Undelivered message" if action is Action.FAILED else "Message",
        ),
    ]
    separator = f"--{boundary}".encode()
    body = b"".join(separator + b"\r\n" + part + b"\r\n" for part in parts)
    content = _encoded("\r\n".join(head), utf8) + b"\r\n\r\n" + body + separator + b"--\r\n"
    return Notice(original.sender, content, utf8)


def header_of(content: bytes, limit: int = COPY_LIMIT) -> bytes:
    """The header section of a message, whole lines of it, at most `limit` octets."""
    if content.startswith(b"\r\n"):
        return b""
    end = content.find(b"\r\n\r\n")
    header = content[: end + 2] if end >= 0 else content
    return header if len(header) <= limit else header[: header.rfind(b"\r\n", 0, limit) + 2]


def _copy(original: Original, action: Action, utf8: bool) -> tuple[str, bytes]:
    """Type and octets of the third part. RFC 3461 §4.3: RET is about failures; others return headers."""
    small = original.size < COPY_LIMIT and len(original.content) >= original.size
    if action is Action.FAILED and original.ret is not Return.HEADERS and small:
        return ("message/global" if utf8 else "message/rfc822"), original.content
    return ("message/global-headers" if utf8 else "text/rfc822-headers"), header_of(original.content)


def _part(kind: str, content: bytes, eight: bool, title: str) -> bytes:
    fields = {"Type": kind, "Description": title, "Transfer-Encoding": "8bit" if eight else "7bit"}
    head = "".join(f"Content-{name}: {value}\r\n" for name, value in fields.items())
    return head.encode("ascii") + b"\r\n" + content


def _text(reporter: Reporter, reports: Sequence[RecipientReport], utf8: bool) -> bytes:
    lines = [
        f"This is the mail system at {reporter.host}.",
        "",
        *_OPENINGS[reports[0].action].split("\n"),
        "",
    ]
    for report in reports:
        lines.append(f"  <{_clean(report.address, utf8)}>")
        if report.reason:
            lines.append(f"    {_clean(report.reason, utf8)} ({report.status})")
        if report.diagnostic:
            said = f"{report.remote} said: " if report.remote else ""
            lines.append(f"    {_clean(said + report.diagnostic, utf8)}")
        if report.retry_until is not None:
            lines.append(f"    It is tried until {formatdate(report.retry_until, localtime=False)}.")
        lines.append("")
    return _encoded("\r\n".join(lines), utf8)


def _status(reporter: Reporter, original: Original, reports: Sequence[RecipientReport], utf8: bool) -> bytes:
    groups = [[f"Reporting-MTA: dns; {reporter.host}"]]
    if original.envelope_id:
        groups[0].insert(0, f"Original-Envelope-Id: {_clean(original.envelope_id, utf8)}")
    groups[0].append(f"Arrival-Date: {formatdate(original.arrived, localtime=False)}")
    for report in reports:
        kind = "utf-8" if not report.address.isascii() else "rfc822"
        fields = (
            [f"Original-Recipient: {_clean(report.original.field(utf8=utf8), utf8)}"]
            if report.original
            else []
        )
        fields += [
            f"Final-Recipient: {kind}; {_clean(report.address, utf8)}",
            f"Action: {report.action.value}",
            f"Status: {report.status}",
        ]
        if report.remote:
            fields.append(f"Remote-MTA: dns; {_clean(report.remote, utf8)}")
        if report.diagnostic:
            fields.append(f"Diagnostic-Code: smtp; {_clean(report.diagnostic, utf8)}")
        if report.last_attempt is not None:
            fields.append(f"Last-Attempt-Date: {formatdate(report.last_attempt, localtime=False)}")
        if report.retry_until is not None:
            fields.append(f"Will-Retry-Until: {formatdate(report.retry_until, localtime=False)}")
        groups.append(fields)
    return _encoded("\r\n\r\n".join("\r\n".join(group) for group in groups) + "\r\n", utf8)


def _clean(text: str, utf8: bool) -> str:
    """`text` on one line, for a field: what a remote server says must not make new fields."""
    flat = _CONTROL.sub(" ", text).strip()
    if not utf8:
        flat = flat.encode("ascii", "replace").decode("ascii")
    return flat.encode("utf-8", "replace")[:LONGEST_VALUE].decode("utf-8", "ignore")


def _encoded(text: str, utf8: bool) -> bytes:
    return text.encode("utf-8" if utf8 else "ascii", "replace")
