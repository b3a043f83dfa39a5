"""The delivery agent of a worker: from queued recipients to answers, bounces and next attempts.

A message that was just accepted goes on from memory; everything else is pulled from the spool per domain
when it is due, so a queue of any length costs little memory. Routes are asked for at delivery time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.delivery.backlog import Backlog
from gateway.delivery.calendar import Calendar
from gateway.delivery.connector import Connector
from gateway.delivery.destination import Destination
from gateway.delivery.limiter import Limiter
from gateway.delivery.notices import Notices
from gateway.delivery.outcome import Outcome
from gateway.delivery.ports import AgentSettings, NextHop, RouteFailed, Router, redirected
from gateway.delivery.response import Response
from gateway.delivery.wire import Job
from gateway.logs.maillog import MailLog
from gateway.queue import store
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.numbers import Numbers
from gateway.queue.spool import Spool

_log = logging.getLogger(__name__)
PULL = 200  # messages taken from the spool at once
MOST_DESTINATIONS = 5_000  # kept although nothing is to be sent there
AGING = 60.0  # seconds between looks at what waits long
AGED = 200  # messages looked at each time
DISCARDED = Response(250, "2.0.0", "discarded by SMTP route")


class Agent:
    """Delivers from one spool. `tick` is to be called about once a second.

    Attributes:
        destinations: by key of the hop. live, hold, release: see `Backlog`. plan: see `Calendar`.
    """

    def __init__(
        self,
        settings: AgentSettings,
        spool: Spool,
        numbers: Numbers,
        log: MailLog,
        router: Router,
        notices: Notices,
        *,
        requeue: Callable[[Message], None] | None = None,
        bounce_log: MailLog | None = None,
    ) -> None:
        self.settings = settings
        self.spool = spool
        self.numbers = numbers
        self.log = log
        self.router = router
        self.destinations: dict[str, Destination] = {}
        self.counters: Counter[str] = Counter()
        self.suspended = False
        self.backlog = Backlog()
        self.live = self.backlog.live
        self.hold, self.release = self.backlog.hold, self.backlog.release
        self.loop = asyncio.get_running_loop()
        self.limiter = Limiter(self.loop.time, workers=settings.workers)
        self._calendar = Calendar()
        self._pages: dict[str, tuple[float, int]] = {}
        self.plan = self._calendar.plan
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: set[tuple[str, str]] = set()
        self._aged_at = time.time()
        self._aged_mid = 0
        self.outcome = Outcome(
            spool, numbers, log, router, notices, self.counters,
            plan=self.plan, release=self.release, requeue=requeue or self.queued, bounce_log=bounce_log,
        )  # fmt: skip
        self.connector = Connector(self)

    def configure(self, settings: AgentSettings, router: Router, notices: Notices) -> None:
        """Take another configuration: what waits goes by it, open connections end after their message."""
        self.settings = settings
        self.router = self.outcome.router = router
        self.outcome.notices = notices
        now = time.time()
        for destination in self.destinations.values():
            destination.down_until = 0.0
            while (job := self.backlog.take(destination)) is not None:
                self.release(job.message.mid)
                for recipient in job.recipients:
                    self.plan(recipient.domain, now)
        self.connector.quit_idle()
        self.tick()

    # Work comes in

    def load(self) -> None:
        """Plan every domain that has recipients in the spool (after a start)."""
        for domain, _, due in store.domains(self.spool.reader, Stage.READY):
            self.plan(domain, due)

    def queued(self, message: Message) -> None:
        """A message became durable, or left the work queue."""
        self.log.say(f"MID {message.mid} queued for delivery")
        ready = [r for r in message.recipients if r.stage is Stage.READY]
        body = message.body
        message.body = None
        if self.suspended or self.backlog.full:
            for recipient in ready:
                self.plan(recipient.domain, recipient.due)
            return
        now = self.loop.time()
        for destination, recipients in self._by_destination(message, ready):
            if destination.rests(now):
                # Not in memory: it may rest for an hour.
                for recipient in recipients:
                    self.plan(recipient.domain, time.time() + destination.down_until - now)
                continue
            self.backlog.keep(destination, message, recipients, body or b"")
            self.work(destination)

    def _by_destination(
        self, message: Message, recipients: list[Recipient]
    ) -> list[tuple[Destination, list[Recipient]]]:
        """Recipients grouped by hop; those whose hop has to be looked up wait for that."""
        groups: dict[str, tuple[Destination, list[Recipient]]] = {}
        gateway = self.router.gateway(message)
        for recipient in recipients:
            hop = (
                redirected(recipient.route)
                if recipient.route
                else self.router.known(recipient.domain, gateway)
            )
            if hop is None:
                self._look_up(recipient.domain, gateway)
                continue
            group = groups.get(hop.key)
            if group is None:
                group = groups[hop.key] = (self.destination(hop), [])
            group[1].append(recipient)
        return list(groups.values())

    def destination(self, hop: NextHop) -> Destination:
        """The state of a hop; the newest hop of a key counts."""
        found = self.destinations.get(hop.key)
        if found is None:
            found = self.destinations[hop.key] = Destination(hop)
        elif found.hop is not hop:
            found.hop = hop
        return found

    # Time passes

    def tick(self) -> None:
        """Bring due domains to their destinations, end connections that hang or idle, age the queue."""
        now = time.time()
        while not self.suspended and (domain := self._calendar.next_due(now)) is not None:
            self._arrange(domain, self.router.known(domain))
        self.connector.sweep()
        for destination in list(self.destinations.values()):
            self.work(destination)
        if now - self._aged_at > AGING:
            self._aged_at = now
            self.limiter.sweep()
            self._forget_idle()
            self._age(now)

    def _forget_idle(self) -> None:
        if len(self.destinations) > MOST_DESTINATIONS:
            now = self.loop.time()
            for key in [key for key, one in self.destinations.items() if one.unused(now)]:
                del self.destinations[key]

    def _age(self, now: float) -> None:
        """Bounce or warn about what waits where nobody tries; a part of the queue each time."""
        mids = store.older(self.spool.reader, now - AGING, self._aged_mid, AGED)
        self._aged_mid = mids[-1] if len(mids) == AGED else 0
        for mid in mids:
            message = self.spool.load(mid) if mid not in self.live else None
            if message is not None:
                self.hold(mid)
                if not self.outcome.age(message, now):
                    self.release(mid)

    def _arrange(self, domain: str, hop: NextHop | None) -> None:
        """A domain's mail is due: its destination pulls it when it has room."""
        if hop is None:
            self._look_up(domain, "")
            return
        destination = self.destination(hop)
        if domain not in destination.ready:
            destination.ready.append(domain)
        self.work(destination)

    def _look_up(self, domain: str, gateway: str) -> None:
        if (domain, gateway) not in self._looking:
            self._looking.add((domain, gateway))
            self.spawn(self._find(domain, gateway))

    async def _find(self, domain: str, gateway: str) -> None:
        try:
            hop = await self.router.find(domain, gateway)
        except RouteFailed as error:
            self._no_route(domain, gateway, error.response)
            return
        finally:
            self._looking.discard((domain, gateway))
        self._arrange(domain, hop)

    def _no_route(self, domain: str, gateway: str, response: Response) -> None:
        now = time.time()
        rows = store.due(self.spool.reader, domain, now, PULL)
        for mid in dict.fromkeys(mid for mid, _ in rows):
            message = self.spool.load(mid) if mid not in self.live else None
            if message is None or self.router.gateway(message) != gateway:
                continue
            recipients = [r for r in message.recipients if r.domain == domain and r.due <= now]
            self.hold(mid)
            self.outcome.settle(Job(message, recipients, b""), [response] * len(recipients))
        if len(rows) == PULL or any(mid in self.live for mid, _ in rows):
            self.plan(domain, now + 1)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine of this agent; `drain` cancels it."""
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("delivery: a task failed", exc_info=error)

    # Work goes out

    def work(self, destination: Destination) -> None:
        """Give idle connections something to do, open more if that is not enough."""
        now = self.loop.time()
        if self.suspended or destination.rests(now):
            return
        while destination.idle and (job := self.next_job(destination)) is not None:
            client, _ = destination.idle.popitem()
            self.connector.start(client, job)
        if not destination.fresh and destination.ready:
            self._pull(destination)
        if destination.hop.discard:
            self._discard(destination)
            return
        while destination.wants_connection(now) and self.connector.open(destination):
            pass

    def _discard(self, destination: Destination) -> None:
        while (job := self.backlog.take(destination)) is not None:
            self.outcome.settle(job, [DISCARDED] * len(job.recipients), destination=destination)

    def next_job(self, destination: Destination) -> Job | None:
        """The next job that the recipient rate lets through, with its body, from memory or the spool."""
        while True:
            if not destination.fresh and destination.ready:
                self._pull(destination)
            job = self.backlog.take(destination)
            if job is None or not self._within_rate(destination, job):
                return None
            if job.body:
                return job
            body = self.spool.content(job.message)
            job.message.body = None
            if body is not None:
                job.body = body
                return job
            self.outcome.lost(job)

    def _within_rate(self, destination: Destination, job: Job) -> bool:
        """Count a job's recipients; what is too many goes back and the destination is held."""
        hop, wanted = destination.hop, len(job.recipients)
        if not hop.recipients.count:
            return True
        key = hop.limit_key or hop.key
        granted = self.limiter.take(key, wanted, hop.recipients)
        if granted == wanted:
            return True
        destination.held_until = self.loop.time() + self.limiter.wait(key, hop.recipients)
        rest = job
        if granted:
            rest = Job(job.message, job.recipients[granted:], b"", job.retries)
            job.recipients = job.recipients[:granted]
            self.hold(job.message.mid)
        self.backlog.put_back(destination, rest)
        return granted > 0

    def _pull(self, destination: Destination) -> None:
        """Take due messages of a ready domain into memory; bodies stay in the spool until they are sent."""
        now = time.time()
        reader = self.spool.reader
        for _ in range(len(destination.ready)):
            domain = destination.ready.popleft()
            # Those before are in memory, or gone and not yet removed: a page is read once.
            rows = store.due(reader, domain, now, PULL, self._pages.pop(domain, (-1.0, 0)))
            passed = False
            for mid in dict.fromkeys(mid for mid, _ in rows):
                message = self.spool.load(mid) if mid not in self.live else None
                if message is None:
                    passed = True
                    continue
                wanted = [r for r in message.recipients if r.stage is Stage.READY and r.due <= now]
                for other, recipients in self._by_destination(message, wanted):
                    self.backlog.keep(other, message, recipients, b"")
            if len(rows) == PULL:
                self._pages[domain] = (rows[-1][1], rows[-1][0])
                destination.ready.append(domain)
            elif passed:
                # Under way now, perhaps with other recipients: look again.
                self.plan(domain, now + 1)
            elif (following := store.earliest(reader, domain, now)) is not None:
                self.plan(domain, following)
            if destination.fresh:
                return

    # An administrator's hand

    def deliver_now(self, domains: set[str] | None = None) -> None:
        """Forget pauses and look at these domains (all of the spool if None) at once."""
        for destination in self.destinations.values():
            destination.works()
            destination.bad.clear()
        for domain, _, due in list(store.domains(self.spool.reader, Stage.READY)):
            if domains is None or domain in domains:
                self.plan(domain, due)
        self.tick()

    def cut(self) -> None:
        """End connections at once (the delay of a suspend is over); what was under way is tried again."""
        self.connector.abort()

    # The end

    def suspend(self) -> None:
        """Take no further message; those under way are finished."""
        self.suspended = True
        self.connector.quit_idle()

    def resume(self) -> None:
        self.suspended = False
        self.tick()

    async def drain(self, seconds: float) -> None:
        """Suspend, and wait until no delivery is under way, or `seconds` have passed."""
        self.suspend()
        end = self.loop.time() + seconds
        while self.connector.busy and self.loop.time() < end:
            await asyncio.sleep(0.05)
        for task in list(self._tasks):
            task.cancel()
        self.connector.abort()
