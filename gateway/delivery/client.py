"""One connection to a server, kept open and pipelined (RFC 2920).

MAIL, RCPT and DATA of a message go out in one write, and those of the next message right behind the content
of the one before, so a message costs one round trip. Where the server does not offer PIPELINING the same
commands go out one by one. Nothing here decides about retries or routes.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from gateway.delivery.content import BLOCK, FileStream, mail_line, rcpt_line, stuffed
from gateway.delivery.job import ClientTimeouts, Job, Owner, Tls
from gateway.delivery.response import Response, from_lines
from gateway.queue.message import Traits

REPLY_LIMIT = 64 << 10  # octets of one reply
QUIT_WAIT = 5.0  # seconds a server may take to say goodbye
LOST = Response(421, "4.4.2", "connection lost")
NEEDS_UTF8 = Response(550, "5.6.7", "the next server does not take internationalized mail")


@dataclass(slots=True)
class _Transaction:
    job: Job
    responses: list[Response | None]
    mail: Response | None = None
    accepted: int = 0
    content: bool = False


@dataclass(slots=True)
class _Step:
    line: bytes
    took: Callable[[Response], None]
    seconds: float
    barrier: bool = field(default=False)


class Client(asyncio.Protocol):
    """One connection. Attributes after `ready`: `features` (EHLO keyword to argument), `sent` (messages)."""

    def __init__(
        self,
        owner: Owner,
        hostname: str,
        dcid: int,
        *,
        timeouts: ClientTimeouts | None = None,
        tls: Tls = Tls.NONE,
        context: ssl.SSLContext | None = None,
        server_name: str = "",
    ) -> None:
        self.owner = owner
        self.hostname = hostname
        self.dcid = dcid
        self.timeouts = timeouts or ClientTimeouts()
        self.tls = tls
        self.context = context
        self.server_name = server_name
        self.transport: asyncio.Transport | None = None
        self.features: dict[str, str] = {}
        self.sent = 0
        self.ready = False
        self.host: object = None
        self.deadline = 0.0
        self.loop = asyncio.get_running_loop()
        self._buffer = b""
        self._lines: list[str] = []
        self._queued: deque[_Step] = deque()
        self._expected: deque[_Step] = deque()
        self._transactions: deque[_Transaction] = deque()
        self._why = LOST
        self._closed = False
        self._quitting = False
        self._stream: FileStream | None = None
        self._upgrading: asyncio.Task[None] | None = None

    # Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=2 * BLOCK)
        if self._upgrading is None:
            self._expect(_Step(b"", self._greeting, self.timeouts.greeting))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._closed:
            return
        self._closed = True
        if self._stream is not None:
            self._stream.close()
        self.transport = None
        jobs = [(t.job, t.content) for t in self._transactions]
        self._transactions.clear()
        self.owner.client_closed(self, jobs, self._why)

    def eof_received(self) -> bool:
        return False

    def fail(self, why: Response) -> None:
        """Give up this connection; unanswered jobs go back to the owner with `why`."""
        self._why = why
        if self.transport is not None:
            self.transport.abort()

    def quit(self) -> None:
        """End politely: close when the server has answered (RFC 5321 §4.1.1.10), or does not."""
        if self.transport is None or self._closed or self._quitting:
            return
        self._quitting = True
        self._why = Response(221, "2.0.0", "done")
        self._queued.append(_Step(b"QUIT\r\n", self._bye, QUIT_WAIT))
        self._flush()

    def _bye(self, response: Response) -> None:
        if self.transport is not None:
            self.transport.close()

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._transactions and not self._expected and not self._queued

    @property
    def closing(self) -> bool:
        return self._closed or self._quitting or self.transport is None or self.transport.is_closing()

    def expired(self, now: float) -> bool:
        """True once the server has kept us waiting too long (loop time)."""
        return bool(self._expected) and now > self.deadline

    # Octets in

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        start = 0
        while not self._closed:
            end = data.find(b"\n", start)
            if end < 0:
                break
            line = data[start:end].rstrip(b"\r")
            start = end + 1
            if not self._reply_line(line):
                return
        self._buffer = data[start:]
        if len(self._buffer) > REPLY_LIMIT:
            self.fail(Response(451, "4.5.0", "reply too long"))

    def _reply_line(self, line: bytes) -> bool:
        code = line[:3]
        if not code.isdigit() or line[3:4] not in (b" ", b"-", b""):
            self.fail(Response(451, "4.5.0", "the server does not speak SMTP"))
            return False
        self._lines.append(line[4:].decode("utf-8", "replace"))
        if line[3:4] == b"-":
            if len(self._lines) > 1000:
                self.fail(Response(451, "4.5.0", "reply too long"))
                return False
            return True
        response = from_lines(int(code), self._lines)
        lines, self._lines = self._lines, []
        if not self._expected:
            # Unasked: 421 before the server goes, or nonsense. Either way this connection is over.
            self.fail(response if response.code == 421 else Response(451, "4.5.0", "reply to nothing"))
            return False
        step = self._expected.popleft()
        if self._expected:
            self.deadline = self.loop.time() + self._expected[0].seconds
        if step.took == self._ehlo:
            self._features(lines)
        step.took(response)
        self._flush()
        return True

    # Commands out

    def _expect(self, step: _Step) -> None:
        if not self._expected:
            self.deadline = self.loop.time() + step.seconds
        self._expected.append(step)

    def _flush(self) -> None:
        """Write queued commands: all of them if the server pipelines, else one at a time."""
        if self.transport is None or not self._queued or self._stream is not None:
            return
        if "PIPELINING" in self.features:
            lines = []
            while self._queued:
                step = self._queued.popleft()
                lines.append(step.line)
                self._expect(step)
                if step.barrier:
                    break
            self.transport.write(b"".join(lines))
        elif not self._expected:
            step = self._queued.popleft()
            self._expect(step)
            self.transport.write(step.line)

    # Hello

    def _greeting(self, response: Response) -> None:
        if response.code != 220:
            self.fail(response)
            return
        self._say_hello()

    def _say_hello(self) -> None:
        self.features = {}
        self._queued.append(
            _Step(f"EHLO {self.hostname}\r\n".encode(), self._ehlo, self.timeouts.command, barrier=True)
        )
        self._flush()

    def _features(self, lines: list[str]) -> None:
        for line in lines[1:]:
            keyword, _, argument = line.partition(" ")
            self.features[keyword.upper()] = argument

    def _ehlo(self, response: Response) -> None:
        if response.ok:
            self._secure_or_ready()
            return
        self.features = {}
        if response.code == 421 or not response.permanent:
            self.fail(response)
            return
        self._queued.append(_Step(f"HELO {self.hostname}\r\n".encode(), self._helo, self.timeouts.command))

    def _helo(self, response: Response) -> None:
        if response.ok:
            self._secure_or_ready()
        else:
            self.fail(response)

    def _greeted(self) -> None:
        self.ready = True
        self.owner.client_ready(self)

    def _secure_or_ready(self) -> None:
        secured = self.transport is not None and self.transport.get_extra_info("ssl_object") is not None
        if secured or self.tls is Tls.NONE or self.context is None:
            self._greeted()
        elif "STARTTLS" in self.features:
            self._queued.append(_Step(b"STARTTLS\r\n", self._starttls, self.timeouts.command, barrier=True))
        elif self.tls is Tls.PREFERRED:
            self._greeted()
        else:
            self.fail(Response(451, "4.7.4", "TLS is required and the server does not offer it"))

    def _starttls(self, response: Response) -> None:
        if not response.ok:
            self.fail(Response(451, "4.7.4", f"STARTTLS refused: {response.text}"))
            return
        # What a man in the middle put behind the reply is not part of the TLS session.
        self._buffer = b""
        self._upgrading = self.loop.create_task(self._upgrade())

    async def _upgrade(self) -> None:
        assert self.transport is not None and self.context is not None
        try:
            new = await self.loop.start_tls(
                self.transport,
                self,
                self.context,
                server_hostname=self.server_name or None,
                ssl_handshake_timeout=self.timeouts.connect,
            )
        except (OSError, ssl.SSLError) as error:
            self.fail(Response(451, "4.7.5", f"TLS failed: {error}"))
            return
        if new is None:
            self.fail(Response(451, "4.7.5", "TLS failed: connection lost"))
            return
        self.transport = new
        self._say_hello()

    # Mail

    def send(self, job: Job) -> None:
        """Send a message. Its result comes through the owner."""
        message = job.message
        if message.traits & Traits.SMTPUTF8 and "SMTPUTF8" not in self.features:
            self.owner.client_done(self, job, [NEEDS_UTF8] * len(job.recipients))
            if self.idle:
                self.loop.call_soon(self._ready_if_idle)
            return
        transaction = _Transaction(job, [None] * len(job.recipients))
        self._transactions.append(transaction)
        wait = self.timeouts.command
        queue = self._queued
        queue.append(
            _Step(mail_line(message, self.features), lambda r: self._took_mail(transaction, r), wait)
        )
        dsn = "DSN" in self.features
        for index, recipient in enumerate(job.recipients):
            queue.append(_Step(rcpt_line(recipient, dsn=dsn), self._taker_of_rcpt(transaction, index), wait))
        queue.append(
            _Step(b"DATA\r\n", lambda r: self._took_data(transaction, r), self.timeouts.data, barrier=True)
        )
        self._flush()

    def _taker_of_rcpt(self, transaction: _Transaction, index: int) -> Callable[[Response], None]:
        def took(response: Response) -> None:
            transaction.responses[index] = response
            transaction.accepted += response.ok

        return took

    def _took_mail(self, transaction: _Transaction, response: Response) -> None:
        transaction.mail = response
        if not response.ok and "PIPELINING" not in self.features:
            # Nothing of this transaction is out yet.
            self._queued.clear()
            self._finish(transaction, response)

    def _took_data(self, transaction: _Transaction, response: Response) -> None:
        mail = transaction.mail
        assert mail is not None and self.transport is not None
        wanted = mail.ok and transaction.accepted
        if response.code != 354:
            self._finish(transaction, response if mail.ok else mail)
            return
        if not wanted:
            # RFC 2920 §3.1: the server waits for content although nobody is to get it.
            self._expect(
                _Step(b"", lambda _: self._finish(transaction, mail, reset=False), self.timeouts.final)
            )
            self.transport.write(b".\r\n")
            return
        transaction.content = True
        self._expect(_Step(b"", lambda r: self._finish(transaction, r, reset=False), self.timeouts.final))
        body = transaction.job.body
        dotted = bool(transaction.job.message.traits & Traits.DOTTED)
        if isinstance(body, bytes):
            self.transport.write(stuffed(body, dotted=dotted) + self._following())
        else:
            try:
                self._stream = FileStream(body, dotted=dotted)
            except OSError as error:
                self.fail(Response(451, "4.3.0", f"cannot read the message: {error.strerror}"))
                return
            self.resume_writing()

    def _following(self) -> bytes:
        """The commands of the next message, to travel with the content of this one."""
        if "PIPELINING" not in self.features:
            return b""
        job = self.owner.client_next(self)
        if job is None:
            return b""
        transport, self.transport = self.transport, None  # queue only
        self.send(job)
        self.transport = transport
        lines = []
        while self._queued:
            step = self._queued.popleft()
            lines.append(step.line)
            self._expect(step)
        return b"".join(lines)

    def _finish(self, transaction: _Transaction, response: Response, *, reset: bool = True) -> None:
        """The transaction is over: recipients the server had taken get `response`."""
        self._transactions.remove(transaction)
        mail = transaction.mail
        refused = mail if mail is not None and not mail.ok else None
        responses = [refused or (response if own is None or own.ok else own) for own in transaction.responses]
        self.sent += 1
        if reset:
            self._queued.append(_Step(b"RSET\r\n", lambda _: self._ready_if_idle(), self.timeouts.command))
        self.owner.client_done(self, transaction.job, responses)
        if response.code == 421:
            self.fail(response)
        elif not reset:
            self._ready_if_idle()

    def _ready_if_idle(self) -> None:
        if self.idle and not self.closing:
            self.owner.client_ready(self)

    # Large content

    def pause_writing(self) -> None:
        if self._stream is not None:
            self._stream.paused = True

    def resume_writing(self) -> None:
        stream = self._stream
        if stream is None or self.transport is None:
            return
        stream.paused = False
        while not stream.paused and self.transport is not None:
            block = stream.read()
            self.deadline = self.loop.time() + self.timeouts.block
            if not block:
                stream.close()
                self._stream = None
                self.deadline = self.loop.time() + self.timeouts.final
                return
            self.transport.write(block)
