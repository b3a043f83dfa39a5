"""The SMTP server's engine: aiosmtpd's protocol class, driven by the blocks the socket delivers.

aiosmtpd runs a coroutine per connection over a line-based stream reader. Here a block from the socket is
worked off at once: every complete command in it runs as a plain function from a table, and all replies go
out in one write. Only a hook that has to wait costs a task, and then reading stops until it has answered.
"""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import SMTP

from gateway.logs.maillog import clean
from gateway.queue.numbers import Kind
from gateway.smtp import replies
from gateway.smtp.session import Envelope, Session

if TYPE_CHECKING:
    from gateway.smtp.server import Server

LINE_LIMIT = 4096  # octets; RFC 5321 §4.5.3.1.4 and what SIZE, DSN, AUTH and SMTPUTF8 add
AUTH_LINE_LIMIT = 12288  # RFC 4954 §4
GATHER = 128 << 10  # octets of content put together before they are looked at
BACKLOG = 1 << 20  # octets held while a hook decides; beyond that the client waits

Verb = Callable[["Engine", bytes], bytes | None]


def may_end(block: bytes) -> bool:
    """True if an end mark may be complete with this block: it has the last part of one, or begins in it."""
    return block[0] in b"\r\n" or b".\r\n" in block


class Engine(SMTP):  # type: ignore[misc]
    """One connection to a listener.

    A verb gets the octets after its name. It returns its reply, or None if the reply comes later or is
    content-dependent; then it has called `wait_for` or set `taker`.
    """

    # aiosmtpd's constructor inspects itself and the handler for every connection; nothing of that is needed.
    def __init__(self, server: Server) -> None:
        self.server = server
        self.settings = server.settings
        self.handler = server.handler
        self.loop = server.loop
        self.transport: asyncio.Transport | None = None
        self.session: Session
        self.envelope = Envelope()
        # What takes incoming octets instead of the command table: content, or a line of AUTH.
        self.taker: Callable[[bytes], bytes | None] | None = None
        self.deadline = 0.0
        self.started = 0.0
        self.closing = False
        self.counted = False  # among the connections of its host
        self.gathering = False
        self._parts: list[bytes] = []
        self._gathered = 0
        self._buffer = b""
        self._waiting = False
        self._paused = False
        self._out: list[bytes] = []
        self._upgrading = False
        self._mark = 0.0
        self._octets = 0
        self._task: asyncio.Task[None] | None = None

    # Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._upgrading:
            return
        peer = transport.get_extra_info("peername")
        host, port = (peer[0], peer[1]) if isinstance(peer, tuple) else ("local", 0)
        server = self.server
        self.session = Session(self.loop, server.numbers.take(Kind.ICID), host, port)
        self.session.peer = peer
        local = transport.get_extra_info("sockname")
        self.session.local = local[0] if isinstance(local, tuple) else "local"
        self.session.ssl = transport.get_extra_info("ssl_object")
        self.started = self.loop.time()
        self.touch(self.settings.timeouts.command)
        server.connections.add(self)
        if server.proxies is not None and server.proxies.trusts(host):
            self.taker = partial(server.proxies.take, self)
            return
        self.open()

    def open(self) -> None:
        """The client is known: let it in, or refuse it."""
        server = self.server
        refusal = server.connected(self)
        if refusal is not None:
            self.refuse(refusal)
            return
        self.wait_for(self.handler.handle_CONNECT(self.session), self._greet)
        self._write_out()

    def _greet(self, verdict: bytes | None) -> bytes | None:
        server, session = self.server, self.session
        self.settings = session.settings or self.settings
        server.log.say(
            f"New SMTP ICID {session.icid} interface {self.settings.interface} ({session.local}) "
            f"address {session.host} "
            f"reverse dns host {clean(session.reverse_name) or 'unknown'} verified {session.verified}"
        )
        if session.admission:
            for line in session.admission.split("\n"):
                server.log.say(f"ICID {session.icid} {line}")
        if verdict is not None and verdict[:1] in b"45":  # an empty one too: nothing is said then
            self.refuse(verdict)
            return None
        return verdict or server.banner

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()
        self.drop_message()
        self.closing = True
        self.transport = None
        self.server.disconnected(self)

    def eof_received(self) -> bool:
        return False

    def refuse(self, reply: bytes) -> None:
        """Send a last reply and end the connection."""
        self.closing = True
        self._out.append(reply)
        self._write_out()
        if self.transport is not None:
            self.transport.close()

    def touch(self, seconds: float) -> None:
        """Give the client this long for what comes next."""
        self.deadline = self.loop.time() + seconds

    # Octets in

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        if self.gathering:
            # A block without an end mark can wait for the next: small ones cost as much as large ones.
            self._parts.append(data)
            self._gathered += len(data)
            self.content_came(len(data))
            if self.closing or (self._gathered < GATHER and not may_end(data)):
                return
            data = b"".join(self._parts)
            self._parts.clear()
            self._gathered = 0
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        if self._waiting:
            self._hold(data)
            return
        self._run(data)

    def _run(self, data: bytes) -> None:
        """Work off `data`; an error of ours tells the client nothing and ends the connection."""
        fine = False
        try:
            self._work(data)
            fine = True
        finally:
            if not fine:
                self.refuse(replies.INTERNAL)
        self._write_out()

    def _work(self, data: bytes) -> None:
        while data and not self._waiting and not self.closing:
            if self.taker is not None:
                rest = self.taker(data)
                if rest is None:
                    return
                data = rest
                continue
            end = data.find(b"\r\n")
            line = data if end < 0 else data[:end]
            if b"\n" in line or (b"\r" in line and (end >= 0 or line.index(b"\r") < len(line) - 1)):
                # After this nobody can say where a command ends (SMTP smuggling): no guessing.
                self.refuse(replies.BARE_LINE)
                return
            if len(line) > LINE_LIMIT:
                self.refuse(replies.LINE_TOO_LONG)
                return
            if end < 0:
                break
            data = data[end + 2 :]
            self._command(line, data)
        if data and not self.closing:
            self._hold(data)

    def _command(self, line: bytes, rest: bytes) -> None:
        name, _, argument = line.partition(b" ")
        verb = self.server.verbs.get(name.upper())
        self.touch(self.settings.timeouts.command)
        if verb is None:
            self.say(self.blame(replies.UNKNOWN))
        elif rest and verb in self.server.last_in_group:
            # STARTTLS with anything behind it is an injection (RFC 3207 §5, CVE-2024-34083).
            self.refuse(replies.TLS_INJECTION)
        else:
            self.say(verb(self, argument.strip(b" ")))

    def _hold(self, data: bytes) -> None:
        self._buffer = data
        if len(data) > BACKLOG and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()

    # Octets out

    def say(self, reply: bytes | None) -> None:
        """Queue a reply; it goes out with the others of this block."""
        if reply:
            self._out.append(reply)

    def blame(self, reply: bytes) -> bytes | None:
        """Count an error of the client's; too many end the connection."""
        self.session.errors += 1
        if self.session.errors > self.settings.max_errors:
            self.refuse(replies.TOO_MANY_ERRORS)
            return None
        return reply

    def refused(self, reply: bytes, *, blame: bool = False) -> bytes | None:
        """A hook's refusal, on its way to the client; 421 ends the connection (RFC 5321 §3.8)."""
        if reply.startswith(b"421"):
            self.refuse(reply)
            return None
        return self.blame(reply) if blame else reply

    def _write_out(self) -> None:
        out = self._out
        if out and self.transport is not None:
            self.transport.write(out[0] if len(out) == 1 else b"".join(out))
            out.clear()

    # Waiting

    def wait_for(self, answer: Any, then: Callable[[Any], bytes | None]) -> None:
        """Run `then` with what a hook answered: now, or when its coroutine is done."""
        # Most hooks answer at once; asking `isawaitable` about bytes is dearer than the hook.
        if answer is None or type(answer) is bytes or not inspect.isawaitable(answer):
            self.say(then(answer))
        else:
            self.pause()
            self._task = self.loop.create_task(self._await(answer, then))

    async def _await(self, answer: Any, then: Callable[[Any], bytes | None]) -> None:
        fine = False
        try:
            reply = then(await answer)
            fine = True
        except asyncio.CancelledError:
            fine = True
            raise
        finally:
            self._task = None
            if not fine:
                self.refuse(replies.INTERNAL)
        self.resume(reply)

    def pause(self) -> None:
        """Work off no further command until `resume`."""
        self._waiting = True

    def resume(self, reply: bytes | None) -> None:
        """Answer what was waited for, and go on with what the client sent meanwhile."""
        self._waiting = False
        if self.closing:
            return
        self.say(reply)
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        data, self._buffer = self._buffer, b""
        if data:
            self._run(data)
        else:
            self._write_out()

    @property
    def idle(self) -> bool:
        """No message is on its way in: the connection may be closed without losing work."""
        return not self._waiting and not self.envelope.mid

    # Transaction

    def drop_message(self) -> None:
        """Forget the transaction under way, and start afresh (RSET, EHLO, STARTTLS, end)."""
        envelope = self.envelope
        if envelope.writer is not None:
            self.server.release(envelope.writer)
            envelope.writer.abort()
        self.taker = None
        self.gathering = False
        self.envelope = Envelope()

    def begin_content(self) -> None:
        """The client may send content: start measuring its rate."""
        self._mark, self._octets = self.loop.time(), 0
        self.touch(self.settings.timeouts.block)

    def content_came(self, octets: int) -> None:
        """A block of content came; one that drips ends the connection."""
        times = self.settings.timeouts
        now = self.loop.time()
        self.deadline = now + times.block
        self._octets += octets
        if now - self._mark > times.rate_window:
            if self._octets < times.rate * times.rate_window:
                self.refuse(replies.TOO_SLOW)
            self._mark, self._octets = now, 0

    # TLS

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Answer 220, then upgrade. The session starts afresh (RFC 3207 §4.2)."""
        self.pause()
        self.say(replies.START_TLS)
        self._write_out()
        assert self.transport is not None
        # Nothing in plain text may come in any more: what is unread belongs to the handshake.
        self.transport.pause_reading()
        self._buffer = b""
        self._task = self.loop.create_task(self._upgrade(context))

    async def _upgrade(self, context: ssl.SSLContext) -> None:
        self._upgrading = True
        old = self.transport
        assert old is not None
        try:
            new = await self.loop.start_tls(
                old, self, context, server_side=True, ssl_handshake_timeout=self.settings.timeouts.command
            )
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError) as error:
            self.server.log.say(f"ICID {self.session.icid} TLS failed {clean(str(error))}")
            self.closing = True
            old.abort()
            return
        finally:
            self._task = None
        if new is None:
            self.closing = True
            return
        # What is in the buffer now came through TLS, right behind the handshake.
        self.transport = new
        self.drop_message()
        self.session.ssl = new.get_extra_info("ssl_object")
        self.session.host_name = None
        self.session.extended_smtp = False
        tls = self.session.ssl
        cipher = tls.cipher() if tls else None
        if cipher:
            self.server.log.say(
                f"ICID {self.session.icid} TLS success protocol {tls.version()} cipher {cipher[0]}"
            )
        self.resume(None)
