"""What the connections of one listener in one worker share: settings, handler, spool, log, limits."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gateway.logs.maillog import MailLog
from gateway.queue.body import BodyWriter
from gateway.queue.message import Message, Stage
from gateway.queue.numbers import Numbers
from gateway.queue.spool import Spool
from gateway.smtp import replies
from gateway.smtp.engine import Engine, Verb
from gateway.smtp.handler import Handler
from gateway.smtp.settings import ListenerSettings
from gateway.smtp.trace import stamp
from gateway.smtp.verbs import VERBS
from gateway.smtp.verbs.starttls import starttls


@dataclass(slots=True)
class Memory:
    """Content in memory over all listeners of a worker; over `cap` octets, new DATA gets 452."""

    cap: int = 256 << 20
    held: int = 0


class Server:
    """One listener. `queued` is called with each message once it is durable."""

    last_in_group: frozenset[Verb] = frozenset({starttls})

    def __init__(
        self,
        settings: ListenerSettings,
        handler: Handler,
        spool: Spool,
        numbers: Numbers,
        log: MailLog,
        queued: Callable[[Message], None],
        memory: Memory | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.handler = handler
        self.spool = spool
        self.numbers = numbers
        self.log = log
        self.queued = queued
        self.memory = memory or Memory()
        self.loop = loop or asyncio.get_running_loop()
        self.verbs = VERBS
        self.connections: set[Engine] = set()
        self.per_host: Counter[str] = Counter()
        self.counters: Counter[str] = Counter()
        self.draining = False
        self.suspended = False
        self.stage: Callable[[], Stage] = lambda: Stage.READY
        self._date = (0, "")
        self.configure(settings)

    def configure(self, settings: ListenerSettings) -> None:
        """Take new settings; connections that are open keep the old ones."""
        self.settings = settings
        self.offers: dict[bool, bytes] = {}
        self.banner = replies.reply(220, f"{settings.hostname} ESMTP")

    def __call__(self) -> Engine:
        """The protocol factory for `create_server`."""
        return Engine(self)

    def date(self) -> str:
        """The time now for a trace header; spelled out once a second."""
        now = int(time.time())
        if now != self._date[0]:
            self._date = (now, stamp(now))
        return self._date[1]

    def connected(self, engine: Engine) -> bytes | None:
        """Count a connection in; a reply says it is one too many."""
        host = engine.session.host
        self.connections.add(engine)
        self.per_host[host] += 1
        self.counters["connections"] += 1
        settings = self.settings
        if self.draining:
            return replies.SHUTTING_DOWN
        if self.suspended:
            return replies.SUSPENDED
        if settings.max_connections and len(self.connections) > settings.max_connections:
            return replies.TOO_MANY_CONNECTIONS
        if settings.max_per_host and self.per_host[host] > settings.max_per_host:
            return replies.TOO_MANY_FROM_HOST
        return None

    def disconnected(self, engine: Engine) -> None:
        """Count a connection out."""
        if engine not in self.connections:
            return
        self.connections.discard(engine)
        host = engine.session.host
        self.per_host[host] -= 1
        if not self.per_host[host]:
            del self.per_host[host]
        self.handler.handle_CLOSE(engine.session)
        self.log.say(f"ICID {engine.session.icid} close")

    def release(self, writer: BodyWriter) -> None:
        """Content of a message is no longer held by its connection."""
        self.memory.held -= writer.held

    def sweep(self) -> None:
        """Once a second: end connections whose time is up."""
        now = self.loop.time()
        for engine in list(self.connections):
            limit = engine.settings.timeouts.session
            if now > engine.deadline or (limit and now - engine.started > limit and engine.idle):
                if engine.closing:
                    if engine.transport is not None:
                        engine.transport.abort()
                    continue
                self.counters["timeouts"] += 1
                engine.touch(5)
                engine.refuse(replies.TIMEOUT)
            elif self.draining and engine.idle and not engine.closing:
                engine.refuse(replies.SHUTTING_DOWN)

    def close_connections(self) -> None:
        """End connections where no message is under way."""
        for engine in list(self.connections):
            if engine.idle and not engine.closing:
                engine.refuse(replies.SUSPENDED)

    def drain(self) -> None:
        """Answer 421 from now on: at once to idle connections, to others after the message under way."""
        self.draining = True
        self.sweep()
