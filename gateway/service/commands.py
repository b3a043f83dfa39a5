"""What a worker can be asked. The supervisor asks all workers and merges their answers
(`gateway.service.merge`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from gateway.queue import search
from gateway.service.errors import UnknownCommand
from gateway.service.queueing import QUEUE_COMMANDS
from gateway.service.submission import COMMAND, submit

if TYPE_CHECKING:
    from gateway.service.worker import Worker

Arguments = dict[str, Any]
Command = Callable[["Worker", Arguments], Awaitable[Any]]


async def run(worker: Worker, name: str, arguments: Arguments) -> Any:
    """Run a command. Raises UnknownCommand, and what the command raises."""
    command = COMMANDS.get(name)
    if command is None:
        raise UnknownCommand(command=name)
    return await command(worker, arguments)


def apply_state(worker: Worker, state: dict[str, Any]) -> None:
    """Bring the worker into the administrator's state: what is suspended or paused."""
    worker.state = dict(state)
    worker.work.paused = bool(state.get("work_paused"))
    for name, server in worker.servers.items():
        server.suspended = worker.listener_suspended(name)
    if state.get("delivery_suspended"):
        worker.agent.suspend()
    elif worker.agent.suspended:
        worker.agent.resume()
    if not worker.work.paused:
        worker.work.resume()


async def ping(worker: Worker, arguments: Arguments) -> Any:
    return "pong"


async def reload(worker: Worker, arguments: Arguments) -> Any:
    await worker.reload()
    return "reloaded"


async def state(worker: Worker, arguments: Arguments) -> Any:
    apply_state(worker, arguments)
    return "applied"


async def hosts(worker: Worker, arguments: Arguments) -> Any:
    """Destinations with what they have waiting, are doing and did; domains nobody looked at yet too."""
    counts = await asyncio.to_thread(search.waiting, worker.spool.path)
    now = worker.loop.time()
    found: dict[str, dict[str, Any]] = {}
    for destination in worker.agent.destinations.values():
        found[destination.hop.key] = {
            "active_recipients": 0,
            "connections_out": len(destination.clients),
            "delivered": destination.delivered,
            "soft_bounced": destination.deferred,
            "hard_bounced": destination.bounced,
            "last_error": destination.last_error,
            "status": "down" if destination.down_until > now else "up",
            "domains": {},
        }
    for domain, count in counts.items():
        hop = worker.agent.router.known(domain)
        key = hop.key if hop is not None else domain
        entry = found.setdefault(key, {**_NOTHING, "domains": {}})
        entry["active_recipients"] += count
        entry["domains"][domain] = count
    return found


_NOTHING = {
    "active_recipients": 0,
    "connections_out": 0,
    "delivered": 0,
    "soft_bounced": 0,
    "hard_bounced": 0,
    "last_error": "",
    "status": "unknown",
}


async def cut_deliveries(worker: Worker, arguments: Arguments) -> Any:
    """The delay of a suspend is over."""
    if worker.agent.suspended:
        worker.agent.cut()
    return "cut"


async def close_connections(worker: Worker, arguments: Arguments) -> Any:
    """The delay of a suspend is over."""
    for name, server in worker.servers.items():
        if worker.listener_suspended(name):
            server.close_connections()
    return "closed"


async def status(worker: Worker, arguments: Arguments) -> Any:
    counters: Counter[str] = Counter(worker.closed_counters)
    for server in worker.servers.values():
        counters.update(server.counters)
    counters.update(worker.agent.counters)
    counters.update(worker.gate.counters)
    worker.spool.has_room()  # looks at the disk: `full` is to be of now, mail or no mail
    return {
        "messages": worker.spool.messages,
        "octets": worker.spool.octets,
        "work_queue": worker.work.waiting,
        "connections_in": sum(len(server.connections) for server in worker.servers.values()),
        "connections_out": sum(len(d.clients) for d in worker.agent.destinations.values()),
        "memory": worker.memory.held,
        "full": worker.spool.full,
        "counters": dict(counters),
    }


COMMANDS: dict[str, Command] = {
    "ping": ping,
    "reload": reload,
    "state": state,
    "close_connections": close_connections,
    "cut_deliveries": cut_deliveries,
    "status": status,
    "hosts": hosts,
    COMMAND: submit,
    **QUEUE_COMMANDS,
}
