"""A worker process: listeners, one spool, one delivery agent, one event loop.

Forked for the supervisor with its sockets (`gateway.service.nursery`).
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import socket
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from gateway.config import xml
from gateway.config.elements.listener import Listener
from gateway.config.model import Config
from gateway.delivery.agent import Agent
from gateway.logs.maillog import FLUSH, MailLog
from gateway.queue.numbers import Numbers
from gateway.queue.spool import Spool
from gateway.queue.work import WorkQueue
from gateway.service import channel, commands, outbound, resolving, sockets, wiring
from gateway.service.gate import Gate
from gateway.service.state import ALL
from gateway.service.wiring import Places
from gateway.smtp.server import Memory, Server
from mailward.errors import MailwardError

DRAIN = 30.0  # seconds transactions may take once the service is told to stop


@dataclass(frozen=True, slots=True)
class Order:
    """What the supervisor tells a new worker.

    Attributes:
        sockets: descriptors of listening sockets by listener name; empty for a worker that only empties its
            spool.
        channel: descriptor of the socket to the supervisor.
    """

    index: int
    workers: int
    places: Places
    sockets: dict[str, list[int]]
    channel: int
    state: dict[str, Any]

    @classmethod
    def from_json(cls, text: bytes, descriptors: Sequence[int]) -> Order:
        """In the text, sockets and channel are places in `descriptors`: numbers differ between processes."""
        value = json.loads(text)
        places = Places(**{name: Path(path) for name, path in value.pop("places").items()})
        listening = {name: [descriptors[i] for i in found] for name, found in value.pop("sockets").items()}
        return cls(places=places, sockets=listening, channel=descriptors[value.pop("channel")], **value)


class Worker:
    """Everything one process has. `commands` reach into it."""

    def __init__(self, order: Order, config: Config) -> None:
        self.order = order
        self.config = config
        self.places = order.places
        self.state: dict[str, Any] = order.state
        self.loop = asyncio.get_running_loop()
        self.numbers = Numbers(self.places.spool / "numbers")
        self.log = MailLog(self.places.mail_log)
        self.bounce_log = MailLog(self.places.bounce_log)
        self.spool = Spool(
            self.places.worker_spool(order.index), limits=wiring.spool_limits(config, order.workers)
        )
        self.memory = Memory(cap=wiring.share(config.limits.memory, order.workers))
        resolver = resolving.resolver_of(config.dns)
        self.agent = Agent(
            wiring.agent_settings(config, order.workers),
            self.spool,
            self.numbers,
            self.log,
            outbound.router(config, self.places.worker_spool(order.index), resolver),
            wiring.notices(config),
            bounce_log=self.bounce_log,
        )
        self.work = WorkQueue(self.spool, self.log, self.agent.queued)
        lookup = resolving.access_lookup(resolver)
        self.gate = Gate(self.places.counters, order.index, order.workers, config, self.log, lookup)
        self.servers: dict[str, Server] = {}
        self.closed_counters: Counter[str] = Counter()
        self._listening: dict[str, list[asyncio.Server]] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self.stopping = asyncio.Event()

    async def start(self) -> None:
        """Open listeners and begin to deliver. Raises CannotListen."""
        commands.apply_state(self, self.order.state)
        for listener in self.config.listeners:
            descriptors = self.order.sockets.get(listener.listener_name)
            if descriptors is not None:
                await self.listen(listener, [socket.socket(fileno=fd) for fd in descriptors])
        self.agent.load()
        self.work.load()
        self._flush()
        self._tick()

    async def listen(self, listener: Listener, opened: list[socket.socket]) -> None:
        """Accept connections for a listener."""
        settings = wiring.listener_settings(self.config, listener, self.order.workers)
        server = Server(
            settings,
            self.gate.handler(listener, settings),
            self.spool,
            self.numbers,
            self.log,
            self.work.queued,
            self.memory,
            self.loop,
        )
        server.proxies = self.gate.proxies(listener)
        server.stage = lambda: self.work.stage
        server.suspended = self.listener_suspended(listener.listener_name)
        self.servers[listener.listener_name] = server
        context = settings.tls if settings.implicit_tls else None
        self._listening[listener.listener_name] = [
            await self.loop.create_server(server, sock=sock, ssl=context, backlog=sockets.BACKLOG)
            for sock in opened
        ]

    def listener_suspended(self, name: str) -> bool:
        suspended: list[str] = self.state.get("suspended_listeners", [])
        return name in suspended or ALL in suspended

    async def reload(self) -> None:
        """Take the configuration file as it is now; open connections go on. Raises as `xml.load`,
        CannotListen.
        """
        config = xml.load(self.places.config)
        self.config = config
        self.spool.limits = wiring.spool_limits(config, self.order.workers)
        self.memory.cap = wiring.share(config.limits.memory, self.order.workers)
        resolver = resolving.resolver_of(config.dns)
        self.agent.configure(
            wiring.agent_settings(config, self.order.workers),
            outbound.router(config, self.places.worker_spool(self.order.index), resolver),
            wiring.notices(config),
        )
        self.gate.configure(config, resolving.access_lookup(resolver))
        names = {listener.listener_name for listener in config.listeners}
        for name in set(self.servers) - names:
            await self._close(name)
        if not self.order.sockets:
            return
        for listener in config.listeners:
            server = self.servers.get(listener.listener_name)
            if server is None:
                await self.listen(listener, [sockets.bind(listener)])
            else:
                settings = wiring.listener_settings(config, listener, self.order.workers)
                server.configure(settings)
                server.handler = self.gate.handler(listener, settings)
                server.proxies = self.gate.proxies(listener)

    async def _close(self, name: str) -> None:
        for listening in self._listening.pop(name, []):
            listening.close()
        server = self.servers.pop(name)
        server.drain()
        self.closed_counters.update(server.counters)

    def _flush(self) -> None:
        self.log.flush()
        self.bounce_log.flush()
        self._timers[:1] = [self.loop.call_later(FLUSH, self._flush)]

    def _tick(self) -> None:
        for server in self.servers.values():
            server.sweep()
        self.agent.tick()
        self._timers[1:] = [self.loop.call_later(1.0, self._tick)]

    async def stop(self) -> None:
        """Refuse what is new, finish what is under way, make everything durable."""
        for listening in self._listening.values():
            for one in listening:
                one.close()
        for server in self.servers.values():
            server.drain()
        end = self.loop.time() + DRAIN
        while any(s.connections for s in self.servers.values()) and self.loop.time() < end:
            await asyncio.sleep(0.05)
        await self.agent.drain(max(1.0, end - self.loop.time()))
        for timer in self._timers:
            timer.cancel()
        await self.spool.close()
        self.gate.close()
        self.log.close()
        self.bounce_log.close()


async def run(order: Order) -> int:
    """Run a worker until it is told to stop. The supervisor is told about a failed start."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_unix_connection(
        sock=socket.socket(fileno=order.channel), limit=channel.LINE_LIMIT
    )

    def tell(event: dict[str, Any]) -> None:
        writer.write(json.dumps(event).encode() + b"\n")

    try:
        worker = Worker(order, xml.load(order.places.config))
        await worker.start()
    except MailwardError as error:
        tell({"event": "failed", "error": error.to_dict()})
        await writer.drain()
        return int(error.exit_status)
    # The supervisor decides; a terminal's Ctrl-C reaches us too.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    loop.add_signal_handler(signal.SIGTERM, worker.stopping.set)
    # What is there now stays; the collector need not look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(0.001)
    tell({"event": "ready"})

    async def serve(line: bytes) -> None:
        writer.write(await channel.answer(line, lambda name, args: commands.run(worker, name, args)))

    async def listen() -> None:
        while line := await reader.readline():
            task = loop.create_task(serve(line))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        # The supervisor is gone: nobody would start us again, so leave in order.
        worker.stopping.set()

    tasks: set[asyncio.Task[None]] = set()
    listening = loop.create_task(listen())
    await worker.stopping.wait()
    await worker.stop()
    listening.cancel()
    return 0


def work(order: Order) -> int:
    """A worker's whole life; its exit status."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format=f"mailward worker {order.index}: %(levelname)s %(message)s",
        force=True,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run(order))
