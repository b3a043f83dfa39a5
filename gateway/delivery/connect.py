"""Opening connections: which host of a hop, and what it means when none answers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gateway.delivery.client import LOST, Client
from gateway.delivery.destination import Destination
from gateway.delivery.response import Response
from gateway.logs.maillog import clean
from gateway.queue.numbers import Kind

if TYPE_CHECKING:
    from gateway.delivery.agent import Agent

HOST_REST = 60.0  # seconds a failed host of several is passed over
TRIED_AT_ONCE = 10  # messages that count a failed connection as their attempt


class Connector:
    """Opens connections for an agent."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def connect(self, destination: Destination) -> None:
        agent = self._agent
        host = destination.host(agent.loop.time())
        hop = destination.hop
        if host is None:
            destination.connecting -= 1
            self._give_up(destination, LOST)
            return
        client = Client(
            agent,
            agent.settings.hostname,
            agent.numbers.take(Kind.DCID),
            timeouts=agent.settings.timeouts,
            tls=hop.tls,
            context=hop.context,
            server_name=host.name or host.address,
        )
        try:
            async with asyncio.timeout(agent.settings.timeouts.connect):
                await agent.loop.create_connection(
                    lambda: client,
                    host.address,
                    host.port,
                    local_addr=(hop.source, 0) if hop.source else None,
                )
        except (OSError, TimeoutError) as error:
            destination.connecting -= 1
            why = getattr(error, "strerror", None) or str(error) or "timeout"
            agent.log.say(
                f"Connection Error: DCID {client.dcid} domain: {hop.key} IP: {host.address} "
                f"port: {host.port} details: {clean(why)}"
            )
            self.host_failed(destination, host, Response(421, "4.4.1", f"cannot connect: {why}"))
            return
        destination.connecting -= 1
        if client.closing:
            self.host_failed(destination, host, LOST)
            return
        local = client.transport.get_extra_info("sockname") if client.transport else None
        peer = client.transport.get_extra_info("peername") if client.transport else None
        agent.log.say(
            f"New SMTP DCID {client.dcid} interface {local[0] if local else '-'} "
            f"address {peer[0] if peer else host.address} port {host.port}"
        )
        destination.clients.add(client)
        agent.hops[client] = destination
        client.host = host

    def host_failed(self, destination: Destination, host: object, why: Response) -> None:
        agent = self._agent
        now = agent.loop.time()
        destination.last_error = str(why)
        for known in destination.hop.hosts:
            if known == host:
                destination.bad[known] = now + HOST_REST
        if destination.host(now) is None and not destination.clients:
            self._give_up(destination, why)
        else:
            agent.work(destination)

    def _give_up(self, destination: Destination, why: Response) -> None:
        """No host of the hop works: defer a few messages, forget the others, rest."""
        agent = self._agent
        destination.failed(agent.loop.time())
        back = time.time() + destination.down_until - agent.loop.time()
        tried = min(TRIED_AT_ONCE, destination.hop.connections)
        while destination.fresh:
            job = destination.fresh.popleft()
            agent.count_fresh(job, -1)
            if tried:
                tried -= 1
                agent.outcome.settle(0, job, [why] * len(job.recipients))
            else:
                agent.release(job.message.mid)
                for recipient in job.recipients:
                    agent.plan(recipient.domain, back)
