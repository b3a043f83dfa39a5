"""What decides about mail, apart from the protocol: aiosmtpd's handler hooks, free to answer at once.

A hook returns None (go on), a reply that refuses, or a coroutine of either when it has to wait. Hooks that
answer at once cost no task; most do.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from gateway.smtp.address import Mailbox
from gateway.smtp.session import Envelope, Session

Verdict = bytes | None
Answer = Verdict | Awaitable[Verdict]


class Handler(Protocol):
    """The hooks, in the order of a transaction. Replies are whole lines as `replies.reply` makes them."""

    def handle_CONNECT(self, session: Session) -> Answer:
        """Before the banner. A reply starting with 4 or 5 is sent instead, then the connection ends; an
        empty one ends it without a word.
        """

    def handle_EHLO(self, session: Session, hostname: str) -> Answer:
        """`session.host_name` is set already."""

    def handle_MAIL(self, session: Session, envelope: Envelope, sender: Mailbox | None) -> Answer:
        """Parameters are in the envelope already. A 421 ends the connection."""

    def handle_RCPT(self, session: Session, envelope: Envelope, recipient: Mailbox) -> Answer:
        """None adds the recipient. A 421 ends the connection."""

    def handle_DATA(self, session: Session, envelope: Envelope) -> Answer:
        """Content is complete, not yet stored. None stores it."""

    def handle_AUTH(self, session: Session, login: str, password: str) -> bool | Awaitable[bool | bytes]:
        """True if the credentials are good. A reply refuses without a look; a 421 ends the connection."""

    def handle_CLOSE(self, session: Session) -> None:
        """The connection is gone."""
