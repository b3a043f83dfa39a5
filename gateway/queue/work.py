"""The work queue: where messages are filtered between acceptance and delivery.

Without filters a message passes through in the same moment it became durable. Paused, or while a filter
works, its recipients stay in stage WORK in the spool, so a restart finds them there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

from gateway.logs.maillog import MailLog
from gateway.queue import store
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.spool import Spool

_log = logging.getLogger(__name__)
AT_ONCE = 16  # messages in filters at the same time
PULL = 200


class Fate(StrEnum):
    """What a filter decided."""

    DELIVER = "deliver"
    DROP = "drop"


Filter = Callable[[Message], Awaitable[Fate]]


class WorkQueue:
    """Messages between `queued` (durable) and `deliver`.

    Attributes:
        paused: nothing leaves the work queue.
        waiting: how many messages are in it.
    """

    def __init__(
        self, spool: Spool, log: MailLog, deliver: Callable[[Message], None], filter_: Filter | None = None
    ) -> None:
        self._spool = spool
        self._log = log
        self._deliver = deliver
        self._filter = filter_
        self._fresh: deque[int] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self.paused = False

    @property
    def stage(self) -> Stage:
        """The stage a new message's recipients are stored in."""
        return Stage.WORK if self.paused or self._filter is not None else Stage.READY

    @property
    def waiting(self) -> int:
        return len(self._fresh) + len(self._tasks)

    def load(self) -> None:
        """Take up what was in the work queue when the service ended."""
        after = 0
        while mids := store.mids(self._spool.reader, Stage.WORK, after, PULL):
            self._fresh.extend(mids)
            after = mids[-1]
        self._go_on()

    def queued(self, message: Message) -> None:
        """A message became durable, its recipients in `stage`."""
        if message.recipients[0].stage is Stage.READY:
            self._deliver(message)
            return
        self._fresh.append(message.mid)
        self._go_on()

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self._go_on()

    def forget(self, mid: int) -> None:
        """A message was removed by an administrator."""
        if mid in self._fresh:
            self._fresh.remove(mid)

    def _go_on(self) -> None:
        while self._fresh and not self.paused and len(self._tasks) < AT_ONCE:
            mid = self._fresh.popleft()
            message = self._spool.load(mid)
            if message is None:
                continue
            task = asyncio.get_running_loop().create_task(self._pass(message))
            self._tasks.add(task)
            task.add_done_callback(self._passed)

    def _passed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The message stays in the work queue; the next start takes it up again.
            _log.error("work queue: filter failed", exc_info=error)
        self._go_on()

    async def _pass(self, message: Message) -> None:
        fate = Fate.DELIVER if self._filter is None else await self._filter(message)
        if fate is Fate.DROP:
            self._log.say(f"Message aborted MID {message.mid} Dropped by filters")
            message.recipients = []
            self._spool.settle(message)
            return
        changed: list[Recipient] = [r for r in message.recipients if r.stage is Stage.WORK]
        for recipient in changed:
            recipient.stage = Stage.READY
        self._spool.settle(message, kept=changed, done=partial(self._ready, message), urgent=True)

    def _ready(self, message: Message, error: Exception | None) -> None:
        self._deliver(message)
