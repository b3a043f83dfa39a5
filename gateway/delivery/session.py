"""The session with a server: greeting, EHLO, STARTTLS, and the queue of commands and replies.

Commands go out in groups where the server pipelines (RFC 2920), else one at a time. TLS is as the host's
demand says. What is sent once the session is ready is the business of `client.Client`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from gateway.delivery.ports import Host
from gateway.delivery.response import Response, Stage
from gateway.delivery.tls import objection, peer_chain
from gateway.delivery.wire import BLOCK, BadReply, ClientTimeouts, ReplyReader, Step

QUIT_WAIT = 5.0  # seconds a server may take to say goodbye
LOST = Response(421, "4.4.2", "connection lost", Stage.CONNECT)
DONE = Response(221, "2.0.0", "done")


class Session(asyncio.Protocol):
    """One connection.

    Attributes:
        features: EHLO keyword to argument, once `ready`. secured: what TLS there is; empty for none.
        plain_only: STARTTLS failed here before and is not required, so it is not tried.
        why: what ended the session, or would if it ended now. deadline: when the reply waited for is late
        (loop time).
    """

    def __init__(
        self,
        hostname: str,
        host: Host,
        *,
        timeouts: ClientTimeouts | None = None,
        plain_only: bool = False,
    ) -> None:
        self.hostname = hostname
        self.host = host
        self.timeouts = timeouts or ClientTimeouts()
        self.plain_only = plain_only and not host.tls.required
        self.transport: asyncio.Transport | None = None
        self.features: dict[str, str] = {}
        self.ready = False
        self.secured = ""
        self.deadline = 0.0
        self.loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        self._queued: deque[Step] = deque()
        self._expected: deque[Step] = deque()
        self.why = LOST
        self._closed = False
        self._quitting = False
        self._upgrading: asyncio.Task[None] | None = None

    def greeted(self) -> None:
        """The session is ready for the first time."""
        raise NotImplementedError

    def lost(self, why: Response) -> None:
        """The session is over; called once."""
        raise NotImplementedError

    def streaming(self) -> bool:
        """Whether content is on its way, so that no command may be written."""
        return False

    # Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=2 * BLOCK)
        if self._upgrading is None:
            self._expect(Step(b"", self._greeting, self.timeouts.greeting, Stage.GREETING))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._closed:
            return
        self._closed = True
        self.transport = None
        self.lost(self.why)

    def eof_received(self) -> bool:
        return False

    def fail(self, why: Response) -> None:
        """Give up this connection; what has no answer gets `why`."""
        self.why = why
        if self.transport is not None:
            self.transport.abort()

    def quit(self) -> None:
        """End politely: close when the server has answered (RFC 5321 §4.1.1.10), or does not."""
        if self.transport is None or self.closing:
            return
        self._quitting = True
        self.why = DONE
        self._queued.append(Step(b"QUIT\r\n", self._bye, QUIT_WAIT, Stage.BODY))
        self._flush()

    def _bye(self, response: Response) -> None:
        if self.transport is not None:
            self.transport.close()

    @property
    def closing(self) -> bool:
        return self._closed or self._quitting or self.transport is None or self.transport.is_closing()

    def expired(self, now: float) -> bool:
        """True once the server has kept us waiting too long (loop time)."""
        return bool(self._expected) and now > self.deadline

    # Octets in

    def data_received(self, data: bytes) -> None:
        try:
            replies = self._reader.feed(data)
        except BadReply as error:
            self.fail(Response(451, "4.5.0", str(error), self._stage()))
            return
        for response, lines in replies:
            if self._closed or self.transport is None or self.transport.is_closing():
                return
            if not self._expected:
                # Unasked: 421 before the server goes, or nonsense. Either way this connection is over.
                self.fail(response if response.code == 421 else Response(451, "4.5.0", "reply to nothing"))
                return
            step = self._expected.popleft()
            if self._expected:
                self.deadline = self.loop.time() + self._expected[0].seconds
            if step.took == self._ehlo:
                self._features(lines)
            if not response.ok and step.stage is not Stage.BODY:
                response = replace(response, stage=step.stage)
            step.took(response)
            if self._queued:
                self._flush()

    def _stage(self) -> Stage:
        return self._expected[0].stage if self._expected else Stage.BODY

    # Commands out

    def _expect(self, step: Step) -> None:
        if not self._expected:
            self.deadline = self.loop.time() + step.seconds
        self._expected.append(step)

    def _flush(self) -> None:
        """Write queued commands: all of them if the server pipelines, else one at a time."""
        if self.transport is None or not self._queued or self.streaming():
            return
        if "PIPELINING" in self.features:
            self.transport.write(self._group())
        elif not self._expected:
            step = self._queued.popleft()
            self._expect(step)
            self.transport.write(step.line)

    def _group(self) -> bytes:
        """Queued commands up to a barrier, as one write."""
        lines = []
        while self._queued:
            step = self._queued.popleft()
            lines.append(step.line)
            self._expect(step)
            if step.barrier:
                break
        return b"".join(lines)

    def _command(self, line: str, took: Callable[[Response], None], stage: Stage) -> None:
        step = Step(f"{line}\r\n".encode(), took, self.timeouts.command, stage, barrier=True)
        self._queued.append(step)

    # Hello

    def _greeting(self, response: Response) -> None:
        if response.code != 220:
            self.fail(response if not response.ok else replace(response, code=421, stage=Stage.GREETING))
            return
        self._say_hello()
        self._flush()

    def _say_hello(self) -> None:
        self.features = {}
        self._command(f"EHLO {self.hostname}", self._ehlo, Stage.HELLO)

    def _features(self, lines: list[str]) -> None:
        for line in lines[1:]:
            keyword, _, argument = line.partition(" ")
            self.features[keyword.upper()] = argument

    def _ehlo(self, response: Response) -> None:
        if response.ok:
            self._secure_or_ready()
            return
        self.features = {}
        if response.code < 500:
            self.fail(response)
            return
        self._command(f"HELO {self.hostname}", self._helo, Stage.HELLO)

    def _helo(self, response: Response) -> None:
        if response.ok:
            self._secure_or_ready()
        else:
            self.fail(response)

    def _greeted(self) -> None:
        self.ready = True
        self.greeted()

    # TLS (RFC 3207)

    def _secure_or_ready(self) -> None:
        wanted = self.host.tls
        if self.secured or not wanted.offer or self.host.context is None or self.plain_only:
            self._greeted()
        elif "STARTTLS" in self.features:
            self._command("STARTTLS", self._starttls, Stage.TLS)
        elif wanted.required:
            self._insecure("the server does not offer TLS, and it is required")
        else:
            self._greeted()

    def _insecure(self, reason: str) -> None:
        self.fail(Response(451, "4.7.5", f"{reason} ({self.host.tls.source.value})", Stage.TLS))

    def _starttls(self, response: Response) -> None:
        if response.ok:
            # What a man in the middle put behind the reply is not part of the TLS session.
            self._reader.clear()
            self._upgrading = self.loop.create_task(self._upgrade())
        elif self.host.tls.required:
            self._insecure(f"STARTTLS refused: {response.text}")
        else:
            self._greeted()

    async def _upgrade(self) -> None:
        assert self.transport is not None and self.host.context is not None
        try:
            new = await self.loop.start_tls(
                self.transport,
                self,
                self.host.context,
                server_hostname=self.host.tls.sni or None,
                ssl_handshake_timeout=self.timeouts.connect,
            )
        except (OSError, ssl.SSLError) as error:
            self._insecure(f"TLS failed: {error or type(error).__name__}")
            self.connection_lost(None)
            return
        if new is None:
            self._insecure("TLS failed: connection lost")
            return
        self.transport = new
        connection: ssl.SSLObject = new.get_extra_info("ssl_object")
        found = objection(self.host.tls, peer_chain(connection))
        if found:
            self._insecure(found)
            return
        cipher = connection.cipher()
        self.secured = f"protocol {connection.version()} cipher {cipher[0] if cipher else 'NULL'}"
        self._say_hello()
        self._flush()
