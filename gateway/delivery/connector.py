"""Connections of the delivery agent: opening them, host after host, and what their ends mean.

A host that cannot be connected to, greets with an error, breaks TLS or says 421 is passed over for a while
and the next one is tried at once (RFC 5321 §5.1); when none is left, the destination rests and its mail is
put off.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gateway.delivery.client import Client
from gateway.delivery.destination import Destination
from gateway.delivery.outcome import Peer
from gateway.delivery.ports import Host
from gateway.delivery.response import Response, Stage, Verdict
from gateway.delivery.session import LOST
from gateway.delivery.wire import Job
from gateway.logs.maillog import clean
from gateway.queue.numbers import Kind

if TYPE_CHECKING:
    from gateway.delivery.agent import Agent

TIMEOUT = Response(421, "4.4.2", "timeout", Stage.BODY)


class Connector:
    """Owns the clients of one agent."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._hops: dict[Client, Destination] = {}

    @property
    def busy(self) -> bool:
        """Whether any connection is open."""
        return bool(self._hops)

    def open(self, destination: Destination) -> bool:
        """Begin to connect; False if no host or no connection is to be had now."""
        agent = self._agent
        hosts = destination.hosts(agent.loop.time())
        if not hosts:
            if not destination.clients and not destination.connecting:
                self.give_up(
                    destination, Response(421, "4.4.1", destination.last_error or "no host", Stage.CONNECT)
                )
            return False
        for host in hosts:
            counted = destination.hop.counted_by(host)
            if agent.limiter.try_open(counted, destination.hop.connections):
                destination.connecting += 1
                agent.spawn(self._connect(destination, host, counted))
                return True
        return False

    async def _connect(self, destination: Destination, host: Host, counted: str) -> None:
        agent, hop = self._agent, destination.hop
        client = Client(
            self,
            hop.hostname or agent.settings.hostname,
            agent.numbers.take(Kind.DCID),
            host,
            timeouts=agent.settings.timeouts,
            plain_only=destination.plain_only(host, agent.loop.time()),
            counted=counted,
        )
        try:
            async with asyncio.timeout(agent.settings.timeouts.connect):
                await agent.loop.create_connection(
                    lambda: client,
                    host.address,
                    host.port,
                    local_addr=(host.source, 0) if host.source else None,
                )
        except (OSError, TimeoutError) as error:
            why = getattr(error, "strerror", None) or str(error) or "timeout"
            agent.log.say(
                f"Connection Error: DCID {client.dcid} domain: {hop.key} IP: {host.address} "
                f"port: {host.port} details: {clean(why)}"
            )
            destination.connecting -= 1
            agent.limiter.close(counted)
            self._host_failed(
                destination, host, Response(421, "4.4.1", f"cannot connect: {why}", Stage.CONNECT)
            )
            return
        except asyncio.CancelledError:
            destination.connecting -= 1
            agent.limiter.close(counted)
            raise
        destination.connecting -= 1
        if client.closing:
            agent.limiter.close(counted)
            self._host_failed(destination, host, client.why)
            return
        local = client.transport.get_extra_info("sockname") if client.transport else None
        agent.log.say(
            f"New SMTP DCID {client.dcid} interface {local[0] if local else '-'} "
            f"address {host.address} port {host.port}"
        )
        destination.clients.add(client)
        self._hops[client] = destination

    def _host_failed(self, destination: Destination, host: Host, why: Response) -> None:
        now = self._agent.loop.time()
        destination.last_error = str(why)
        if not (why.stage is Stage.TLS and destination.tls_failed(host, now)):
            destination.host_failed(host, now)
        if destination.hosts(now) or destination.clients or destination.connecting:
            self._agent.work(destination)
        else:
            self.give_up(destination, why)

    def give_up(self, destination: Destination, why: Response) -> None:
        """No host of the hop works: put off what is in memory, leave the rest in the spool, rest."""
        agent = self._agent
        destination.failed(agent.loop.time())
        back = time.time() + destination.down_until - agent.loop.time()
        while (job := agent.backlog.take(destination)) is not None:
            agent.outcome.settle(job, [why] * len(job.recipients), destination=destination)
        while destination.ready:
            agent.plan(destination.ready.popleft(), back)

    # Clients report (client.Owner)

    def client_ready(self, client: Client) -> None:
        destination = self._hops.get(client)
        agent = self._agent
        if destination is None:
            # Greeted before create_connection came back.
            agent.loop.call_soon(self._ready_later, client)
            return
        destination.works()
        if not client.sent and client.secured:
            agent.log.say(f"DCID {client.dcid} TLS success {client.secured}")
        if agent.suspended or client.sent >= destination.hop.messages:
            client.quit()
            return
        job = agent.next_job(destination)
        if job is None:
            destination.idle[client] = agent.loop.time()
        else:
            self.start(client, job)

    def _ready_later(self, client: Client) -> None:
        if not client.closing:
            self.client_ready(client)

    def client_next(self, client: Client) -> Job | None:
        destination, agent = self._hops[client], self._agent
        if agent.suspended or client.sent + 1 >= destination.hop.messages:
            return None
        # Leave the others something: a message is faster on an idle connection than behind another.
        if len(destination.fresh) < len(destination.clients) and not destination.ready:
            return None
        job = agent.next_job(destination)
        if job is not None:
            self._announce(client, job)
        return job

    def start(self, client: Client, job: Job) -> None:
        """Send a job over a connection that has nothing to do."""
        self._announce(client, job)
        client.send(job)

    def _announce(self, client: Client, job: Job) -> None:
        rids = ", ".join(str(r.rid) for r in job.recipients)
        self._agent.log.say(f"Delivery start DCID {client.dcid} MID {job.message.mid} to RID [{rids}]")

    def client_done(self, client: Client, job: Job, responses: list[Response]) -> None:
        self._agent.outcome.settle(job, responses, self._peer(client), self._hops.get(client))

    def _peer(self, client: Client) -> Peer:
        return Peer(client.dcid, client.host.name or client.host.address, "DSN" in client.features)

    def client_closed(self, client: Client, jobs: list[tuple[Job, bool]], why: Response) -> None:
        destination = self._hops.pop(client, None)
        if destination is None:
            return
        agent = self._agent
        agent.limiter.close(client.counted)
        destination.clients.discard(client)
        destination.idle.pop(client, None)
        agent.log.say(f"DCID {client.dcid} close")
        for job, content in reversed(jobs):
            if content or job.retries >= len(destination.hop.hosts):
                agent.outcome.settle(job, [why] * len(job.recipients), self._peer(client), destination)
            else:
                # The server closed between messages: that is no answer about this one.
                job.retries += 1
                agent.backlog.put_back(destination, job)
        useless = bool(jobs) and not client.sent and not jobs[0][1]
        if (
            not client.ready
            or useless
            or (why.verdict is Verdict.NEXT_HOST and why.stage is not Stage.CONNECT)
        ):
            self._host_failed(destination, client.host, why)
        else:
            agent.work(destination)

    # Time passes

    def sweep(self) -> None:
        """End connections that hang or have idled too long."""
        now = self._agent.loop.time()
        for client, destination in list(self._hops.items()):
            since = destination.idle.get(client)
            if since is not None and now - since > self._agent.settings.timeouts.idle:
                del destination.idle[client]
                client.quit()
            elif client.expired(now):
                client.fail(TIMEOUT)

    def quit_idle(self) -> None:
        """End connections that have nothing under way."""
        for client, destination in list(self._hops.items()):
            if destination.idle.pop(client, None) is not None:
                client.quit()

    def abort(self) -> None:
        """End every connection now."""
        for client in list(self._hops):
            client.fail(LOST)
