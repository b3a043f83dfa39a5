"""The supervisor: starts workers, keeps them running, and speaks for them to systemd and to administrators.

It touches no mail. Listening sockets are opened here, one per worker and listener, and inherited: what waits
in the backlog of a worker that died is served by the one that takes its place.
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import json
import logging
import os
import signal
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from gateway.config import xml
from gateway.config.elements.logs import LogType
from gateway.config.model import Config
from gateway.logs.rollover import roll_over
from gateway.service import channel, sockets, wiring
from gateway.service.control import Control
from gateway.service.counters import STEP as COUNT_STEP
from gateway.service.counters import Counters, plain
from gateway.service.errors import NoFolder, NoNursery, NotTaken, SpoolInUse, WorkerFailed
from gateway.service.merge import total
from gateway.service.notify import Notifier, passed_sockets
from gateway.service.nursery import Nursery, Spawned
from gateway.service.operations import run as run_operation
from gateway.service.state import State
from gateway.service.wiring import Places
from mailward.errors import MailwardError

_log = logging.getLogger(__name__)
START_LIMIT = 60.0  # seconds a worker may take to get ready
LOCK_LIMIT = 3.0  # seconds to wait for workers of a service that was killed
STOP_LIMIT = 45.0  # seconds before a worker that does not stop is killed
RESPAWN = 1.0  # seconds before a worker that died is started again; doubles up to a minute
ROLL = 10.0  # seconds between looks at the size of logs


@dataclass(slots=True)
class Child:
    """One worker process as the supervisor sees it."""

    index: int
    process: Spawned | None = None
    peer: channel.Peer | None = None
    started: float = 0.0
    pause: float = RESPAWN
    ready: asyncio.Future[None] | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Supervisor:
    """Runs until SIGTERM. Build it in the loop it is to run in."""

    def __init__(
        self, places: Places, workers: int, nursery: Nursery, notifier: Notifier | None = None
    ) -> None:
        self.places = places
        self.nursery = nursery
        self.workers = workers
        self.notifier = notifier or Notifier()
        self.config: Config = xml.load(places.config)
        self.children: list[Child] = []
        self.state = State()
        self.counters = Counters(places.spool / "counters.json")
        self.started = time.time()
        self._sockets: dict[str, list[list[socket.socket]]] = {}
        self._passed = passed_sockets()
        self._lock_fd = -1
        self._stop = asyncio.Event()
        self._control = Control(places.control, self.command)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Start everything, serve, stop in order. Raises what keeps it from starting."""
        self._prepare()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        try:
            await self._start()
            await self._control.start()
            self.notifier.send("READY=1", f"STATUS={self.workers} workers accept mail")
            self._spawn(self._watch())
            self._spawn(self._roll())
            self._spawn(self._count())
            await self._stop.wait()
        finally:
            self.notifier.send("STOPPING=1")
            for task in list(self._tasks):
                task.cancel()
            await self._control.close()
            await self._last_count()
            await self._stop_children()
            await self.nursery.close()

    def _prepare(self) -> None:
        for path in (
            self.places.spool,
            self.places.mail_log.parent,
            self.places.bounce_log.parent,
            self.places.control.parent,
        ):
            try:
                path.mkdir(parents=True, exist_ok=True, mode=0o750)
            except OSError as error:
                raise NoFolder(path=path, why=(error.strerror or str(error)).lower()) from error
            if not os.access(path, os.W_OK | os.X_OK):
                raise NoFolder(path=path, why="not writable")
        self._lock()
        self.counters.load()
        self.state = State.load(self.places.spool / "state.json")
        for listener in self.config.listeners:
            wiring.listener_settings(self.config, listener, self.workers)
            passed = sockets.passed_for(listener, self._passed)
            if passed:
                # One socket for all workers: they take turns.
                self._sockets[listener.listener_name] = [passed for _ in range(self.workers)]
                continue
            sockets.occupied(listener)
            self._sockets[listener.listener_name] = [[sockets.bind(listener)] for _ in range(self.workers)]

    def _lock(self) -> None:
        """Two services on one spool would deliver everything twice. Raises SpoolInUse.

        Workers inherit the lock: it is held until the last of them is gone, supervisor or not.
        """
        self._lock_fd = os.open(self.places.spool / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        end = time.monotonic() + LOCK_LIMIT
        while True:
            try:
                fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise SpoolInUse(path=self.places.spool) from error
                time.sleep(0.1)
            else:
                return

    async def _start(self) -> None:
        left_over = [i for i in self._spools() if i >= self.workers]
        for index in [*range(self.workers), *left_over]:
            child = Child(index)
            self.children.append(child)
            await self._start_child(child)
        for child in self.children:
            await self._until_ready(child)
            self._spawn(self._keep(child))

    def _spools(self) -> list[int]:
        """Spools there are, those of workers there are no longer too: their mail is delivered all the
        same.
        """
        names = (path.name.removeprefix("worker") for path in self.places.spool.glob("worker*"))
        return sorted(int(name) for name in names if name.isdigit())

    async def _start_child(self, child: Child) -> None:
        ours, theirs = socket.socketpair()
        descriptors = [theirs.fileno(), self._lock_fd]
        inherited: dict[str, list[int]] = {}
        if child.index < self.workers:
            for name, per_worker in self._sockets.items():
                mine = [sock.fileno() for sock in per_worker[child.index]]
                inherited[name] = list(range(len(descriptors), len(descriptors) + len(mine)))
                descriptors += mine
        order = {
            "index": child.index,
            "workers": self.workers,
            "places": {
                "config": str(self.places.config),
                "spool": str(self.places.spool),
                "log": str(self.places.log),
                "control": str(self.places.control),
            },
            "sockets": inherited,
            "channel": 0,
            "state": self.state.to_dict(),
        }
        with theirs:
            child.process = await self.nursery.spawn(json.dumps(order).encode(), descriptors)
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=channel.LINE_LIMIT)
        child.started = time.monotonic()
        child.ready = asyncio.get_running_loop().create_future()
        child.peer = channel.Peer(reader, writer)
        child.peer.on_event = lambda event: self._heard(child, event)
        child.tasks = [asyncio.create_task(child.peer.run())]

    def _heard(self, child: Child, event: dict[str, Any]) -> None:
        ready = child.ready
        if ready is None or ready.done():
            return
        if event.get("event") == "ready":
            ready.set_result(None)
        elif event.get("event") == "failed":
            error = event.get("error", {})
            ready.set_exception(WorkerFailed(index=child.index, why=error.get("message", "unknown")))

    async def _until_ready(self, child: Child) -> None:
        """Raises WorkerFailed if the worker ends, fails or takes too long."""
        assert child.ready is not None and child.process is not None
        ended = asyncio.create_task(child.process.wait())
        either: set[asyncio.Future[Any]] = {child.ready, ended}
        try:
            await asyncio.wait(either, timeout=START_LIMIT, return_when=asyncio.FIRST_COMPLETED)
            if not child.ready.done():
                # A last word may still be in the channel.
                await asyncio.wait({child.ready}, timeout=0.5)
            if not child.ready.done():
                why = f"it ended with status {child.process.returncode}" if ended.done() else "it is too slow"
                raise WorkerFailed(index=child.index, why=why)
            child.ready.result()
        finally:
            ended.cancel()

    async def _keep(self, child: Child) -> None:
        """Start a worker again whenever it dies."""
        while not self._stop.is_set():
            assert child.process is not None
            status = await child.process.wait()
            if self._stop.is_set():
                return
            if time.monotonic() - child.started > 60:
                child.pause = RESPAWN
            _log.error(
                "worker %d ended with status %s, starting it again in %.0f s",
                child.index,
                status,
                child.pause,
            )
            await asyncio.sleep(child.pause)
            child.pause = min(60.0, child.pause * 2)
            try:
                await self._start_child(child)
                await self._until_ready(child)
            except (WorkerFailed, NoNursery) as error:
                _log.error("%s", error.explain())

    async def _stop_children(self) -> None:
        for child in self.children:
            if child.process is not None and child.process.returncode is None:
                child.process.terminate()
        for child in self.children:
            if child.process is None:
                continue
            try:
                async with asyncio.timeout(STOP_LIMIT):
                    await child.process.wait()
            except TimeoutError:
                child.process.kill()
                await child.process.wait()
            for task in child.tasks:
                task.cancel()

    def _spawn(self, coroutine: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        """Tell systemd we are alive for as long as every worker answers."""
        every = self.notifier.watchdog
        while every:
            answers = await self.ask_all("ping", {}, timeout=every)
            if len(answers) == len(self.children):
                self.notifier.send("WATCHDOG=1")
            await asyncio.sleep(every / 2)

    async def _roll(self) -> None:
        while True:
            await asyncio.sleep(ROLL)
            for path, kind in (
                (self.places.mail_log, LogType.MAIL),
                (self.places.bounce_log, LogType.BOUNCE),
            ):
                size, keep = wiring.rollover(self.config, kind)
                roll_over(path, time.time(), size=size, keep=keep)

    async def _count(self) -> None:
        """Sample the counters; keep the lifetime on disk; raise the alarm when the queue is full."""
        full = ""
        for turn in itertools.count():
            merged = await self.collect()
            self.counters.sample(time.monotonic())
            if merged.get("full") and not full:
                _log.critical("the mail queue takes no more mail: %s", merged["full"])
            full = str(merged.get("full") or "")
            if turn % 12 == 11:
                self._save_counters()
            await asyncio.sleep(COUNT_STEP)

    def _save_counters(self) -> None:
        try:
            self.counters.save()
        except OSError as error:
            _log.error("counters are not kept: %s", error)

    async def _last_count(self) -> None:
        if self.children:
            await self.collect()
            self._save_counters()

    async def collect(self) -> dict[str, Any]:
        """The workers' gauges added up; their counters go into `counters`."""
        answers = []
        for child, value in await self._ask_each("status", {}, 10):
            self.counters.add(child.index, plain(value.pop("counters")))
            answers.append(value)
        return total(answers) or {"messages": 0, "octets": 0, "work_queue": 0}

    # Orders

    async def ask_all(self, command: str, arguments: dict[str, Any], timeout: float = 60) -> list[Any]:
        """What the workers answer, without those that are down. The first error of a worker is raised."""
        return [result for _, result in await self._ask_each(command, arguments, timeout)]

    async def ask_one(self, command: str, arguments: dict[str, Any], timeout: float = 60) -> Any:
        """What one worker that is up answers. Raises its error, NotTaken if none is up or it goes meanwhile."""
        for child in self.children:
            if child.peer is None:
                continue
            try:
                answer = await child.peer.ask(command, arguments, timeout)
            except (ConnectionError, TimeoutError) as error:
                # It may have done what it was asked: asking another could do it twice.
                raise NotTaken(why=f"worker {child.index} went away; see whether it did it") from error
            if "error" in answer:
                raise channel.RemoteError(answer["error"])
            return answer["result"]
        raise NotTaken(why="no worker is running")

    async def _ask_each(
        self, command: str, arguments: dict[str, Any], timeout: float
    ) -> list[tuple[Child, Any]]:
        asked = [(child, child.peer) for child in self.children if child.peer is not None]
        answers = await asyncio.gather(
            *(peer.ask(command, arguments, timeout) for _, peer in asked), return_exceptions=True
        )
        results = []
        for (child, _), answer in zip(asked, answers, strict=True):
            if isinstance(answer, ConnectionError | TimeoutError):
                continue
            if isinstance(answer, BaseException):
                raise answer
            if "error" in answer:
                raise channel.RemoteError(answer["error"])
            results.append((child, answer["result"]))
        return results

    def later(self, delay: float, command: str) -> None:
        """Ask all workers for something in `delay` seconds."""

        async def wait() -> None:
            await asyncio.sleep(delay)
            await self.ask_all(command, {})

        self._spawn(wait())

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        """What the control socket asks for."""
        return await run_operation(self, name, arguments)

    def _reload_soon(self) -> None:
        self._spawn(self._reload_by_signal())

    async def _reload_by_signal(self) -> None:
        try:
            await self.reload()
        except MailwardError as error:
            _log.error("not reloaded: %s. What to do: %s", error.explain(), error.hint())

    async def reload(self) -> None:
        """Take the configuration as it is now; a broken one changes nothing. Raises what is wrong with it."""
        config = xml.load(self.places.config)
        for listener in config.listeners:
            wiring.listener_settings(config, listener, self.workers)
        names = {listener.listener_name: listener for listener in config.listeners}
        for name in set(self._sockets) - set(names):
            for per_worker in self._sockets.pop(name):
                for sock in per_worker:
                    sock.close()
        for name in set(names) - set(self._sockets):
            sockets.occupied(names[name])
        self.config = config
        self.notifier.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        await self.ask_all("reload", {})
        self.notifier.send("READY=1")

    async def change_state(self) -> None:
        """Keep the switches and tell the workers.

        On a full disk they cannot be kept, and that is when somebody resumes delivery: they hold all the same.
        """
        try:
            self.state.save(self.places.spool / "state.json")
        except NoFolder as error:
            _log.error("what was suspended or resumed holds until the next start only: %s", error)
        await self.ask_all("state", self.state.to_dict())


def serve(places: Places, workers: int) -> None:
    """Run the mail service until SIGTERM. Raises what keeps it from starting."""
    nursery = Nursery.fork()

    async def run() -> None:
        await Supervisor(places, workers, nursery).run()

    asyncio.run(run())
