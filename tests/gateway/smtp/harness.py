"""An engine on a transport that remembers, with a spool that keeps messages in a list."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from gateway.logs.maillog import MailLog
from gateway.queue.body import BodyWriter
from gateway.queue.message import Message
from gateway.queue.numbers import Numbers
from gateway.queue.spool import Spool
from gateway.smtp import replies
from gateway.smtp.address import Mailbox
from gateway.smtp.engine import Engine
from gateway.smtp.handler import Answer, Handler
from gateway.smtp.server import Server
from gateway.smtp.session import Envelope, Session
from gateway.smtp.settings import ListenerSettings


class DomainHandler:
    """Accepts mail for some domains from anybody, and for all from those who authenticated."""

    def __init__(self, domains: frozenset[str]) -> None:
        self.domains = domains

    def handle_CONNECT(self, session: Session) -> Answer:
        return None

    def handle_EHLO(self, session: Session, hostname: str) -> Answer:
        return None

    def handle_MAIL(self, session: Session, envelope: Envelope, sender: Mailbox | None) -> Answer:
        return None

    def handle_RCPT(self, session: Session, envelope: Envelope, recipient: Mailbox) -> Answer:
        if recipient.domain in self.domains or not recipient.domain:
            return None
        if session.authenticated:
            return None
        return replies.RELAY_DENIED

    def handle_DATA(self, session: Session, envelope: Envelope) -> Answer:
        return None

    def handle_AUTH(self, session: Session, login: str, password: str) -> bool | Awaitable[bool]:
        return False

    def handle_CLOSE(self, session: Session) -> None:
        return None


class FakeTransport:
    def __init__(self) -> None:
        self.out = b""
        self.closed = False
        self.paused = False

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.1", 4711) if name == "peername" else None

    def write(self, data: bytes) -> None:
        assert not self.closed, "written after close"
        self.out += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class FakeSpool:
    """Commits when told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[Message] = []
        self.room = True
        self.hold = False
        self.waiting: list[Callable[[Exception | None], None]] = []

    def failed(self, error: Exception) -> None:
        self.room = False

    def has_room(self, octets: int = 0) -> bool:
        return self.room

    def writer(self, mid: int) -> BodyWriter:
        return BodyWriter(self.folder / str(mid))

    def accept(
        self, message: Message, files: tuple[int, ...], done: Callable[[Exception | None], None]
    ) -> None:
        self.messages.append(message)
        if self.hold:
            self.waiting.append(done)
        else:
            done(None)


class Wire:
    """One connection of a client."""

    def __init__(self, folder: Path, settings: ListenerSettings, handler: Handler | None = None) -> None:
        self.spool = FakeSpool(folder)
        self.delivered: list[Message] = []
        self.server = Server(
            settings,
            handler or DomainHandler(frozenset({"example.com"})),
            cast(Spool, self.spool),
            Numbers(folder / "numbers"),
            MailLog(folder / "mail.current"),
            self.delivered.append,
        )
        self.engine = Engine(self.server)
        self.transport = FakeTransport()
        self.engine.connection_made(cast(asyncio.Transport, self.transport))

    def another(self) -> Wire:
        """One more connection to the same listener."""
        other = Wire.__new__(Wire)
        other.__dict__.update(self.__dict__)
        other.engine, other.transport = Engine(self.server), FakeTransport()
        other.engine.connection_made(cast(asyncio.Transport, other.transport))
        return other

    def __call__(self, data: bytes) -> list[str]:
        """Send, and take the replies that came at once."""
        before = len(self.transport.out)
        self.engine.data_received(data)
        return self.transport.out[before:].decode().splitlines()

    def codes(self, data: bytes) -> list[str]:
        """The last lines' codes only."""
        return [line[:3] for line in self(data) if line[3:4] == " "]

    @property
    def closed(self) -> bool:
        return self.transport.closed


SETTINGS = ListenerSettings("InboundMail", "mx.example.com", "Management (192.0.2.2)")


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)
