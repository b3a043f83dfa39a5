"""From failed, delayed and confirmed recipients to messages for the queue (RFC 3461 §5, RFC 3464).

A notice is a message like any other: null sender, one recipient, trait BOUNCE so that nothing is ever sent
about it. It becomes durable in the transaction that finishes the recipients it is about.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.delivery import dsn
from gateway.delivery.bounce import BounceProfile
from gateway.delivery.dsn import Action, Original, RecipientReport, Reporter
from gateway.delivery.response import Response
from gateway.queue.message import Message, Recipient, Traits
from gateway.smtp.original import OriginalRecipient
from gateway.smtp.parameters import Notify, Return
from gateway.smtp.xtext import BadXtext, decode_xtext


@dataclass(frozen=True, slots=True)
class Event:
    """One recipient and what happened to it.

    status: enhanced status code for the report. reason: words for people. remote: the host that answered;
    empty when nobody did. retry_until: Unix seconds, for delays.
    """

    recipient: Recipient
    response: Response
    status: str
    reason: str
    remote: str = ""
    retry_until: float | None = None


def notify_of(recipient: Recipient) -> frozenset[Notify]:
    """The NOTIFY parameter of a recipient; empty if it was not given or is not understood."""
    words = {word.strip().upper() for word in recipient.notify.split(",")}
    return frozenset(value for value in Notify if value.value in words)


class Notices:
    """Writes notices. `token` makes unique words for Message-ID and boundary."""

    def __init__(self, reporter: Reporter, token: Callable[[], str] = lambda: secrets.token_hex(12)) -> None:
        self._reporter = reporter
        self._token = token

    def write(
        self,
        action: Action,
        message: Message,
        events: Sequence[Event],
        profile: BounceProfile,
        content: bytes,
        now: float,
    ) -> Message | None:
        """One notice about all `events`, without a MID yet; None where nobody is to be told.

        `content`: the message's octets or their start.
        """
        if message.traits & Traits.BOUNCE or (action is Action.FAILED and not profile.hard_bounces):
            return None
        told = [event for event in events if dsn.wanted(action, message.sender, notify_of(event.recipient))]
        if not told:
            return None
        original = Original(
            message.sender,
            content,
            message.size,
            message.received,
            _envelope_id(message),
            Return(message.ret.upper()) if message.ret.upper() in ("FULL", "HDRS") else None,
            bool(message.traits & Traits.SMTPUTF8),
        )
        reports = [self._report(action, event, now) for event in told]
        notice = dsn.build(self._reporter, original, reports, now=now, token=self._token())
        to = profile.notify if action is Action.FAILED and profile.notify else message.sender
        return _as_message(notice, to, action, now)

    def _report(self, action: Action, event: Event, now: float) -> RecipientReport:
        response = event.response
        return RecipientReport(
            event.recipient.address,
            action,
            event.status,
            event.reason,
            f"{response.code} {response}" if event.remote else "",
            event.remote,
            _original(event.recipient),
            now,
            event.retry_until,
        )


def _envelope_id(message: Message) -> str:
    """ENVID decoded; empty if there is none, or none that a header can hold."""
    try:
        text = decode_xtext(message.envid)
    except BadXtext:
        return ""
    return text if text.isascii() and text.isprintable() else ""


def _original(recipient: Recipient) -> OriginalRecipient | None:
    try:
        return OriginalRecipient.parse(recipient.orcpt)
    except BadXtext:
        return None


def _as_message(notice: dsn.Notice, to: str, action: Action, now: float) -> Message:
    traits = Traits.BOUNCE
    if notice.utf8 or not to.isascii():
        traits |= Traits.SMTPUTF8
    if not notice.content.isascii():
        traits |= Traits.EIGHT_BIT
    if b"\r\n." in notice.content:
        traits |= Traits.DOTTED
    return Message(
        0,
        "",
        now,
        len(notice.content),
        notice.content,
        traits=traits,
        subject=dsn.title(action),
        recipients=[Recipient(0, to, to.rpartition("@")[2].lower(), notify=Notify.NEVER.value)],
    )
