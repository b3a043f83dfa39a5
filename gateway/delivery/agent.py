"""The delivery agent of a worker: from queued recipients to answers, bounces and next attempts.

A message that was just accepted goes on from memory; everything else is pulled from the spool per domain
when it is due, so a queue of any length costs little memory. Routes are asked for at delivery time.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gateway.delivery.client import LOST, Client
from gateway.delivery.connect import Connector
from gateway.delivery.destination import Destination
from gateway.delivery.job import ClientTimeouts, Job
from gateway.delivery.outcome import Outcome
from gateway.delivery.ports import Bouncer, Host, NextHop, RouteFailed, Router, Schedule
from gateway.delivery.response import Response
from gateway.logs.maillog import MailLog
from gateway.queue import store
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.numbers import Numbers
from gateway.queue.spool import Spool

_log = logging.getLogger(__name__)
PULL = 50  # messages taken from the spool at once
FRESH_OCTETS = 48 << 20  # octets of bodies kept in memory for delivery
FRESH_JOBS = 5000
EXPIRED_AT_ONCE = 200  # messages looked at for their age
EXPIRED = Response(554, "5.4.7", "delivery time expired")
_TIMEOUTS = ClientTimeouts()


@dataclass(frozen=True, slots=True)
class AgentSettings:
    hostname: str
    interface: str = ""
    timeouts: ClientTimeouts = _TIMEOUTS


class Agent:
    """Delivers from one spool. `tick` is to be called about once a second."""

    def __init__(
        self,
        settings: AgentSettings,
        spool: Spool,
        numbers: Numbers,
        log: MailLog,
        router: Router,
        schedule: Schedule,
        bouncer: Bouncer,
        *,
        requeue: Callable[[Message], None] | None = None,
    ) -> None:
        self.settings = settings
        self.spool = spool
        self.numbers = numbers
        self.log = log
        self.router = router
        self.schedule = schedule
        self.bouncer = bouncer
        self.requeue = requeue or self.queued
        self.destinations: dict[str, Destination] = {}
        self.counters: Counter[str] = Counter()
        self.suspended = False
        self.live: dict[int, int] = {}  # MID: jobs and commits under way
        self.loop = asyncio.get_running_loop()
        self.hops: dict[Client, Destination] = {}
        self._due: list[tuple[float, str]] = []
        self._planned: dict[str, float] = {}
        self._fresh_octets = 0
        self._fresh_jobs = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: set[str] = set()
        self.outcome = Outcome(self)
        self.connector = Connector(self)

    # Work comes in

    def load(self) -> None:
        """Plan every domain that has recipients in the spool (after a start)."""
        for domain, _, due in store.domains(self.spool.reader, Stage.READY):
            self.plan(domain, due)

    def queued(self, message: Message) -> None:
        """A message became durable, or left the work queue."""
        if message.mid in self.live:
            # A pull of its domain saw it in the spool between the commit and this call.
            return
        self.log.say(f"MID {message.mid} queued for delivery")
        ready = [r for r in message.recipients if r.stage is Stage.READY]
        body = message.body
        message.body = None
        if self.suspended or self._fresh_octets > FRESH_OCTETS or self._fresh_jobs > FRESH_JOBS:
            for recipient in ready:
                self.plan(recipient.domain, recipient.due)
            return
        for destination, recipients in self._by_destination(ready):
            self._keep(destination, Job(message, recipients, body or b""))
            self.work(destination)

    def _by_destination(self, recipients: list[Recipient]) -> list[tuple[Destination, list[Recipient]]]:
        """Recipients grouped by hop; those whose hop has to be looked up are planned instead."""
        groups: dict[str, tuple[Destination, list[Recipient]]] = {}
        for recipient in recipients:
            hop = (
                self._redirected(recipient.route) if recipient.route else self.router.known(recipient.domain)
            )
            if hop is None:
                self.plan(recipient.domain, recipient.due)
                continue
            group = groups.get(hop.key)
            if group is None:
                group = groups[hop.key] = (self.destination(hop), [])
            group[1].append(recipient)
        return list(groups.values())

    def _redirected(self, route: str) -> NextHop:
        """The hop of ``host:port`` that an administrator chose for queued messages."""
        host, _, port = route.rpartition(":")
        return NextHop(f"redirect {route}", (Host(host.strip("[]"), int(port)),))

    def destination(self, hop: NextHop) -> Destination:
        found = self.destinations.get(hop.key)
        if found is None:
            found = self.destinations[hop.key] = Destination(hop)
        elif found.hop is not hop:
            found.hop = hop
        return found

    def plan(self, domain: str, due: float) -> None:
        """Look at a domain's queue at `due` (seconds since the epoch), or earlier if that is planned
        already.
        """
        planned = self._planned.get(domain)
        if planned is None or due < planned:
            self._planned[domain] = due
            heapq.heappush(self._due, (due, domain))

    # Time passes

    def tick(self) -> None:
        """Bring due domains to their destinations, end connections that hang or idle."""
        now = time.time()
        while self._due and self._due[0][0] <= now and not self.suspended:
            due, domain = heapq.heappop(self._due)
            if self._planned.get(domain) != due:
                continue
            del self._planned[domain]
            self._arrange(domain)
        clock = self.loop.time()
        for client in list(self.hops):
            if client.expired(clock):
                client.fail(Response(421, "4.4.2", "timeout"))
        for destination in list(self.destinations.values()):
            for client, since in list(destination.idle.items()):
                if clock - since > self.settings.timeouts.idle:
                    del destination.idle[client]
                    client.quit()
            self.work(destination)

    def expire(self) -> None:
        """Bounce what has been in the queue for too long; to be called about once a minute.

        A message whose hop rests is not tried, so nothing else would notice.
        """
        now = time.time()
        for mid, received in store.oldest(self.spool.reader, EXPIRED_AT_ONCE):
            if self.schedule.next_attempt(1, received, now) is not None or mid in self.live:
                continue
            message = self.spool.load(mid)
            recipients = [r for r in message.recipients if r.stage is Stage.READY] if message else []
            if message is not None and recipients:
                self.hold(mid)
                job = Job(message, recipients, self.spool.content(message) or b"")
                self.outcome.settle(0, job, [EXPIRED] * len(recipients))

    def _arrange(self, domain: str) -> None:
        hop = self.router.known(domain)
        if hop is None:
            if domain not in self._looking:
                self._looking.add(domain)
                self._spawn(self._look_up(domain))
            return
        destination = self.destination(hop)
        if domain not in destination.ready:
            destination.ready.append(domain)

    async def _look_up(self, domain: str) -> None:
        try:
            hop = await self.router.find(domain)
        except RouteFailed as error:
            self._looking.discard(domain)
            self._no_route(domain, error.response)
            return
        self._looking.discard(domain)
        destination = self.destination(hop)
        if domain not in destination.ready:
            destination.ready.append(domain)
        self.work(destination)

    def _no_route(self, domain: str, response: Response) -> None:
        now = time.time()
        for mid, _ in store.due(self.spool.reader, domain, now, PULL):
            message = self.spool.load(mid) if mid not in self.live else None
            if message is not None:
                recipients = [r for r in message.recipients if r.domain == domain]
                self.hold(mid)
                job = Job(message, recipients, b"")
                self.outcome.settle(0, job, [response] * len(recipients))
        if store.due(self.spool.reader, domain, now, 1):
            self.plan(domain, now + 1)

    def _spawn(self, coroutine: object) -> None:
        task: asyncio.Task[None] = self.loop.create_task(coroutine)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Work goes out

    def work(self, destination: Destination) -> None:
        """Give idle connections something to do, open more if that is not enough."""
        if self.suspended:
            return
        now = self.loop.time()
        if now < destination.down_until:
            return
        while destination.idle and (job := self.next_job(destination)) is not None:
            client, _ = destination.idle.popitem()
            self._start(client, job)
        if not destination.fresh and destination.ready:
            self._pull(destination)
        while destination.wants_connection(now):
            destination.connecting += 1
            self._spawn(self.connector.connect(destination))

    def next_job(self, destination: Destination) -> Job | None:
        """The next job with its body, from memory or the spool."""
        while True:
            if not destination.fresh and destination.ready:
                self._pull(destination)
            if not destination.fresh:
                return None
            job = destination.fresh.popleft()
            self.count_fresh(job, -1)
            if job.body:
                return job
            body = self.spool.content(job.message)
            job.message.body = None
            if body is not None:
                job.body = body
                return job
            self.outcome.lost(job)

    def _keep(self, destination: Destination, job: Job) -> None:
        self.hold(job.message.mid)
        destination.fresh.append(job)
        self.count_fresh(job, 1)

    def count_fresh(self, job: Job, sign: int) -> None:
        """A job goes into the jobs in memory (+1) or out of them (-1)."""
        self._fresh_jobs += sign
        if isinstance(job.body, bytes):
            self._fresh_octets += sign * len(job.body)

    def _pull(self, destination: Destination) -> None:
        """Take due messages of a ready domain into memory; bodies stay in the spool until they are sent."""
        now = time.time()
        reader = self.spool.reader
        for _ in range(len(destination.ready)):
            domain = destination.ready.popleft()
            limit = PULL + len(destination.clients) * 2 + destination.connecting
            rows = store.due(reader, domain, now, limit)
            taken = False
            for mid in dict.fromkeys(mid for mid, _ in rows):
                message = self.spool.load(mid) if mid not in self.live else None
                if message is None:
                    continue
                wanted = [r for r in message.recipients if r.stage is Stage.READY and r.due <= now]
                for other, recipients in self._by_destination(wanted):
                    taken = taken or other is destination
                    self._keep(other, Job(message, recipients, b""))
            if len(rows) == limit:
                if taken:
                    destination.ready.append(domain)
                else:
                    self.plan(domain, now + 1)
            else:
                following = store.earliest(reader, domain, now)
                if following is not None:
                    self.plan(domain, following)
            if destination.fresh:
                return

    # Connections report (Owner)

    def client_ready(self, client: Client) -> None:
        destination = self.hops.get(client)
        if destination is None:
            # Greeted before create_connection came back.
            self.loop.call_soon(self.client_ready, client)
            return
        destination.works()
        limit = destination.hop.messages
        if self.suspended or (limit and client.sent >= limit):
            client.quit()
            return
        job = self.next_job(destination)
        if job is None:
            destination.idle[client] = self.loop.time()
        else:
            self._start(client, job)

    def client_next(self, client: Client) -> Job | None:
        destination = self.hops[client]
        limit = destination.hop.messages
        if self.suspended or (limit and client.sent + 1 >= limit):
            return None
        # Leave the others something: a message is faster on an idle connection than behind another.
        if len(destination.fresh) < len(destination.clients) and not destination.ready:
            return None
        job = self.next_job(destination)
        if job is not None:
            self._announce(client, job)
        return job

    def _start(self, client: Client, job: Job) -> None:
        self._announce(client, job)
        client.send(job)

    def _announce(self, client: Client, job: Job) -> None:
        rids = ", ".join(str(r.rid) for r in job.recipients)
        self.log.say(f"Delivery start DCID {client.dcid} MID {job.message.mid} to RID [{rids}]")

    def client_done(self, client: Client, job: Job, responses: list[Response]) -> None:
        self.outcome.settle(client.dcid, job, responses, self.hops.get(client))

    def client_closed(self, client: Client, jobs: list[tuple[Job, bool]], why: Response) -> None:
        destination = self.hops.pop(client, None)
        if destination is None:
            return
        destination.clients.discard(client)
        destination.idle.pop(client, None)
        self.log.say(f"DCID {client.dcid} close")
        for job, content in jobs:
            if content or job.retries:
                self.outcome.settle(client.dcid, job, [why] * len(job.recipients), destination)
            else:
                # The server closed between messages: that is no answer about this one.
                job.retries += 1
                destination.fresh.appendleft(job)
                self.count_fresh(job, 1)
        if not client.ready:
            self.connector.host_failed(destination, client.host, why)
        else:
            self.work(destination)

    # The end

    def hold(self, mid: int) -> None:
        """Somebody works on a message: deliver none of it until `release`."""
        self.live[mid] = self.live.get(mid, 0) + 1

    def release(self, mid: int) -> None:
        """One job or commit of a message is over."""
        left = self.live.get(mid, 1) - 1
        if left:
            self.live[mid] = left
        else:
            self.live.pop(mid, None)

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
        for client in list(self.hops):
            client.fail(LOST)

    def suspend(self) -> None:
        """Take no further message; those under way are finished."""
        self.suspended = True
        for destination in self.destinations.values():
            while destination.idle:
                destination.idle.popitem()[0].quit()

    def resume(self) -> None:
        self.suspended = False
        self.tick()

    async def drain(self, seconds: float) -> None:
        """Suspend, and wait until no delivery is under way, or `seconds` have passed."""
        self.suspend()
        end = self.loop.time() + seconds
        while self.hops and self.loop.time() < end:
            await asyncio.sleep(0.05)
        for task in list(self._tasks):
            task.cancel()
        for client in list(self.hops):
            client.fail(LOST)
