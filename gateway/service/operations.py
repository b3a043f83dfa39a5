"""What the control socket offers. Each operation is a function of the supervisor and arguments."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from gateway.logs.rollover import roll_over
from gateway.queue.errors import NoSuchMessage
from gateway.service import submission
from gateway.service.errors import BadArguments, UnknownCommand
from gateway.service.merge import total
from gateway.service.metrics import exposition
from gateway.service.state import ALL

if TYPE_CHECKING:
    from gateway.service.supervisor import Supervisor

Arguments = dict[str, Any]
Operation = Callable[["Supervisor", Arguments], Awaitable[Any]]
DELAY = 30.0  # seconds open connections may go on after a suspend


async def run(supervisor: Supervisor, name: str, arguments: Arguments) -> Any:
    """Run an operation. Raises UnknownCommand, and what the operation raises."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise UnknownCommand(command=name)
    return await operation(supervisor, arguments)


async def ping(supervisor: Supervisor, arguments: Arguments) -> Any:
    return {"pid": os.getpid(), "workers": len(await supervisor.ask_all("ping", {}))}


async def reload(supervisor: Supervisor, arguments: Arguments) -> Any:
    await supervisor.reload()
    return {"listeners": [listener.listener_name for listener in supervisor.config.listeners]}


async def status(supervisor: Supervisor, arguments: Arguments) -> Any:
    """Gauges of now, counters in three columns, rates per hour."""
    merged = await supervisor.collect()
    counters = supervisor.counters
    return {
        **merged,
        "hostname": supervisor.config.hostname,
        "uptime": time.time() - supervisor.started,
        "workers": len(supervisor.children),
        **supervisor.state.to_dict(),
        "reset_at": counters.reset_at,
        "counters": counters.columns(),
        "rates": counters.rates(time.monotonic()),
    }


async def reset_counters(supervisor: Supervisor, arguments: Arguments) -> Any:
    await supervisor.collect()
    supervisor.counters.reset(time.time())
    supervisor.counters.save()
    return "reset"


async def metrics(supervisor: Supervisor, arguments: Arguments) -> Any:
    return exposition(await status(supervisor, {}))


async def hosts(supervisor: Supervisor, arguments: Arguments) -> Any:
    """Destinations with their numbers; one, if `host` names a hop or a domain of one."""
    found = total(await supervisor.ask_all("hosts", {})) or {}
    wanted = str(arguments.get("host") or "").lower()
    if not wanted:
        return found
    return {key: entry for key, entry in found.items() if wanted == key or wanted in entry["domains"]}


async def message(supervisor: Supervisor, arguments: Arguments) -> Any:
    found = total(await supervisor.ask_all("queue.message", arguments))
    if found is None:
        raise NoSuchMessage(mid=arguments.get("mid"))
    return found


async def submit(supervisor: Supervisor, arguments: Arguments) -> Any:
    return await supervisor.ask_one(submission.COMMAND, arguments)


def _everywhere(command: str) -> Operation:
    """The same on every worker, answers added up."""

    async def operation(supervisor: Supervisor, arguments: Arguments) -> Any:
        return total(await supervisor.ask_all(command, arguments, timeout=600))

    return operation


async def workqueue(supervisor: Supervisor, arguments: Arguments) -> Any:
    merged = await supervisor.collect()
    return {"messages": merged["work_queue"], "paused": supervisor.state.work_paused}


async def pause(supervisor: Supervisor, arguments: Arguments) -> Any:
    supervisor.state.work_paused = True
    await supervisor.change_state()
    return await workqueue(supervisor, {})


async def unpause(supervisor: Supervisor, arguments: Arguments) -> Any:
    supervisor.state.work_paused = False
    await supervisor.change_state()
    return await workqueue(supervisor, {})


def _listeners(supervisor: Supervisor, arguments: Arguments) -> list[str]:
    names = [str(name) for name in arguments.get("listeners") or [ALL]]
    known = {listener.listener_name for listener in supervisor.config.listeners}
    for name in names:
        if name != ALL and name not in known:
            raise BadArguments(
                command="listener", why=f"no listener {name}; there are {', '.join(sorted(known))}"
            )
    return names


def _delay(arguments: Arguments) -> float:
    value = arguments.get("delay", DELAY)
    if not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise BadArguments(command="suspend", why="delay must be 0 to 3600 seconds")
    return float(value)


async def suspend_listeners(supervisor: Supervisor, arguments: Arguments) -> Any:
    """Answer new connections 421; open ones may go on for `delay` seconds. Kept over restarts."""
    delay, names = _delay(arguments), _listeners(supervisor, arguments)
    suspended = supervisor.state.suspended_listeners
    suspended.extend(name for name in names if name not in suspended)
    await supervisor.change_state()
    supervisor.later(delay, "close_connections")
    return supervisor.state.to_dict()


async def resume_listeners(supervisor: Supervisor, arguments: Arguments) -> Any:
    names = _listeners(supervisor, arguments)
    state = supervisor.state
    if ALL in state.suspended_listeners and ALL not in names:
        # All but these stay suspended.
        state.suspended_listeners = [item.listener_name for item in supervisor.config.listeners]
    state.suspended_listeners = [
        name for name in state.suspended_listeners if ALL not in names and name not in names
    ]
    await supervisor.change_state()
    return state.to_dict()


async def suspend_delivery(supervisor: Supervisor, arguments: Arguments) -> Any:
    """Start no delivery; those under way may go on for `delay` seconds. Kept over restarts."""
    delay = _delay(arguments)
    supervisor.state.delivery_suspended = True
    await supervisor.change_state()
    supervisor.later(delay, "cut_deliveries")
    return supervisor.state.to_dict()


async def resume_delivery(supervisor: Supervisor, arguments: Arguments) -> Any:
    supervisor.state.delivery_suspended = False
    await supervisor.change_state()
    return supervisor.state.to_dict()


async def roll_over_now(supervisor: Supervisor, arguments: Arguments) -> Any:
    """Mail and bounce log; True if any of them had lines."""

    def roll() -> bool:
        places, now = supervisor.places, time.time()
        return any([roll_over(path, now, force=True) for path in (places.mail_log, places.bounce_log)])

    return await asyncio.to_thread(roll)


OPERATIONS: dict[str, Operation] = {
    "ping": ping,
    "reload": reload,
    "status": status,
    "reset_counters": reset_counters,
    "metrics": metrics,
    "hosts": hosts,
    "queue.message": message,
    submission.COMMAND: submit,
    **{
        name: _everywhere(name)
        for name in (
            "queue.show",
            "queue.delete",
            "queue.bounce",
            "queue.redirect",
            "queue.archive",
            "queue.deliver_now",
        )
    },
    "workqueue.status": workqueue,
    "workqueue.pause": pause,
    "workqueue.resume": unpause,
    "listeners.suspend": suspend_listeners,
    "listeners.resume": resume_listeners,
    "delivery.suspend": suspend_delivery,
    "delivery.resume": resume_delivery,
    "logs.rollover": roll_over_now,
}
