"""What the control socket offers. Each operation is a function of the supervisor and arguments."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from gateway.service.errors import UnknownCommand
from gateway.service.merge import total

if TYPE_CHECKING:
    from gateway.service.supervisor import Supervisor

Arguments = dict[str, Any]
Operation = Callable[["Supervisor", Arguments], Awaitable[Any]]


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
    merged = total(await supervisor.ask_all("status", {})) or {}
    return {
        "hostname": supervisor.config.hostname,
        "uptime": time.time() - supervisor.started,
        "workers": len(supervisor.children),
        **supervisor.state.to_dict(),
        **merged,
    }


OPERATIONS: dict[str, Operation] = {"ping": ping, "reload": reload, "status": status}
