"""One connection that mail goes over: a transaction after the other, pipelined.

MAIL, RCPT and DATA of a message go out in one write, and those of the next message right behind the content
of the one before, so a message costs one round trip. Nothing here decides about retries or routes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from gateway.delivery.ports import Host
from gateway.delivery.response import Response, Stage
from gateway.delivery.session import Session
from gateway.delivery.wire import (
    ClientTimeouts,
    FileStream,
    Job,
    Step,
    Transaction,
    mail_line,
    rcpt_line,
    stuffed,
)
from gateway.queue.message import Traits

NEEDS_UTF8 = Response(550, "5.6.7", "the next server does not take internationalized mail", Stage.MAIL)


class Owner(Protocol):
    """Told what happens; called from the loop."""

    def client_ready(self, client: Client) -> None:
        """Greeted (and secured): `send` may be called. Called again whenever the last message is done."""

    def client_next(self, client: Client) -> Job | None:
        """A message to send at once behind the content just sent; None if there is none."""

    def client_done(self, client: Client, job: Job, responses: list[Response]) -> None:
        """A response per recipient, in the job's order."""

    def client_closed(self, client: Client, jobs: list[tuple[Job, bool]], why: Response) -> None:
        """The connection is over. Jobs that got no answer, and whether their content was under way."""


class Client(Session):
    """A session and its transactions.

    Attributes:
        sent: messages so far. counted: the limiter's key of this connection.
    """

    def __init__(
        self,
        owner: Owner,
        hostname: str,
        dcid: int,
        host: Host,
        *,
        timeouts: ClientTimeouts | None = None,
        plain_only: bool = False,
        counted: str = "",
    ) -> None:
        super().__init__(hostname, host, timeouts=timeouts, plain_only=plain_only)
        self.owner = owner
        self.dcid = dcid
        self.sent = 0
        self.counted = counted
        self._transactions: deque[Transaction] = deque()
        self._stream: FileStream | None = None

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._transactions and not self._expected and not self._queued

    def greeted(self) -> None:
        self.owner.client_ready(self)

    def streaming(self) -> bool:
        return self._stream is not None

    def lost(self, why: Response) -> None:
        if self._stream is not None:
            self._stream.close()
        jobs = [(t.job, t.content) for t in self._transactions]
        self._transactions.clear()
        self.owner.client_closed(self, jobs, why)

    def send(self, job: Job) -> None:
        """Send a message. Its result comes through the owner."""
        self._queue(job)
        self._flush()

    def _queue(self, job: Job) -> None:
        message = job.message
        if message.traits & Traits.SMTPUTF8 and "SMTPUTF8" not in self.features:
            self.owner.client_done(self, job, [NEEDS_UTF8] * len(job.recipients))
            if self.idle:
                self.loop.call_soon(self._ready_if_idle)
            return
        transaction = Transaction(job, [None] * len(job.recipients))
        self._transactions.append(transaction)
        wait, features, queue = self.timeouts.command, self.features, self._queued
        line = mail_line(message, features)
        queue.append(Step(line, lambda r: self._took_mail(transaction, r), wait, Stage.MAIL))
        dsn = "DSN" in features
        for index, recipient in enumerate(job.recipients):
            line = rcpt_line(recipient, dsn=dsn)
            queue.append(Step(line, self._taker_of_rcpt(transaction, index), wait, Stage.RECIPIENT))
        wait = self.timeouts.data
        queue.append(
            Step(b"DATA\r\n", lambda r: self._took_data(transaction, r), wait, Stage.DATA, barrier=True)
        )

    def _taker_of_rcpt(self, transaction: Transaction, index: int) -> Callable[[Response], None]:
        def took(response: Response) -> None:
            transaction.responses[index] = response
            transaction.accepted += response.ok

        return took

    def _took_mail(self, transaction: Transaction, response: Response) -> None:
        transaction.mail = response
        if not response.ok and "PIPELINING" not in self.features:
            # Nothing of this transaction is out yet.
            self._queued.clear()
            self._finish(transaction, response)

    def _took_data(self, transaction: Transaction, response: Response) -> None:
        mail = transaction.mail
        assert mail is not None and self.transport is not None
        if response.code != 354:
            if response.ok:
                response = Response(451, "4.5.0", f"{response.code} to DATA", Stage.DATA)
            self._finish(transaction, response if mail.ok else mail)
            return
        final = self.timeouts.final
        if not (mail.ok and transaction.accepted):
            # RFC 2920 §3.1: the server waits for content although nobody is to get it.
            refused = mail if not mail.ok else Response(451, "4.5.0", "no recipient was taken", Stage.DATA)
            self._expect(
                Step(b"", lambda _: self._finish(transaction, refused, reset=False), final, Stage.BODY)
            )
            self.transport.write(b".\r\n")
            return
        transaction.content = True
        self._expect(Step(b"", lambda r: self._finish(transaction, r, reset=False), final, Stage.BODY))
        body = transaction.job.body
        dotted = bool(transaction.job.message.traits & Traits.DOTTED)
        if isinstance(body, bytes):
            self.transport.write(stuffed(body, dotted=dotted) + self._following())
            return
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
        self._queue(job)
        return self._group()

    def _finish(self, transaction: Transaction, response: Response, *, reset: bool = True) -> None:
        """The transaction is over: recipients the server had taken get `response`."""
        mail = transaction.mail
        leaving = next((r for r in (mail, *transaction.responses, response) if r and r.code == 421), None)
        if leaving is not None and not transaction.content:
            # Nothing about this message: the job goes back, another host may take it now (RFC 5321 §3.8).
            self.fail(leaving)
            return
        self._transactions.remove(transaction)
        refused = mail if mail is not None and not mail.ok else None
        responses = [refused or (response if own is None or own.ok else own) for own in transaction.responses]
        self.sent += 1
        if reset:
            self._command("RSET", lambda _: self._ready_if_idle(), Stage.MAIL)
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
            try:
                block = stream.read()
            except OSError as error:
                self.fail(Response(451, "4.3.0", f"cannot read the message: {error.strerror}"))
                return
            self.deadline = self.loop.time() + self.timeouts.block
            if not block:
                stream.close()
                self._stream = None
                self.deadline = self.loop.time() + self.timeouts.final
                return
            self.transport.write(block)
