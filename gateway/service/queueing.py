"""Queue operations of a worker: look, and act on selected messages.

An action works in slices, so that mail goes on meanwhile. Messages that are being delivered at that moment
are left alone and counted as busy.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.delivery.response import Response
from gateway.delivery.wire import Job
from gateway.queue import search
from gateway.queue.message import Message, Stage
from gateway.queue.search import Selection
from gateway.service.errors import BadArguments

if TYPE_CHECKING:
    from gateway.service.worker import Worker

SLICE = 100  # messages between two breaths of the event loop
SHOWN = 100  # messages listed if nothing else is said
HEAD = 64 << 10  # octets of content shown
BY_HAND = Response(550, "5.0.0", "bounced by the administrator")

Arguments = dict[str, Any]
Act = Callable[[Message], Any]


def _selection(command: str, arguments: Arguments) -> Selection:
    try:
        return Selection.from_dict(arguments)
    except (TypeError, ValueError, KeyError) as error:
        raise BadArguments(command=command, why=str(error)) from error


async def show(worker: Worker, arguments: Arguments) -> Any:
    """Messages that match: count, and a line for each of the first."""
    selection = _selection("queue.show", arguments)
    limit = int(arguments.get("limit") or SHOWN)
    return await asyncio.to_thread(search.rows, worker.spool.path, selection, time.time(), limit)


async def message(worker: Worker, arguments: Arguments) -> Any:
    """One message whole; null if it is not in this worker's spool."""
    found = worker.spool.load(int(arguments["mid"]))
    if found is None:
        return None
    body = worker.spool.content(found)
    return {
        "mid": found.mid,
        "sender": found.sender,
        "received": found.received,
        "size": found.size,
        "listener": found.listener,
        "subject": found.subject,
        "traits": [trait.name for trait in found.traits],
        "busy": found.mid in worker.agent.live,
        "recipients": [
            {
                "rid": r.rid,
                "address": r.address,
                "stage": r.stage.name.lower(),
                "due": r.due,
                "attempts": r.attempts,
                "response": r.response,
                "route": r.route,
            }
            for r in found.recipients
        ],
        "head": _head(body).decode("utf-8", "replace"),
    }


def _head(body: bytes | Path | None) -> bytes:
    if isinstance(body, Path):
        with body.open("rb") as file:
            return file.read(HEAD)
    return (body or b"")[:HEAD]


async def _each(worker: Worker, command: str, arguments: Arguments, act: Act) -> dict[str, int]:
    """Run `act` on every selected message that is not busy."""
    selection = _selection(command, arguments)
    mids = await asyncio.to_thread(search.mids, worker.spool.path, selection, time.time())
    done = busy = 0
    for start in range(0, len(mids), SLICE):
        for mid in mids[start : start + SLICE]:
            if mid in worker.agent.live:
                busy += 1
            elif (found := worker.spool.load(mid)) is not None:
                act(found)
                done += 1
        await worker.spool.commit.flush()
    return {"done": done, "busy": busy}


async def delete(worker: Worker, arguments: Arguments) -> Any:
    """Forget messages: nobody is told."""

    def act(found: Message) -> None:
        worker.work.forget(found.mid)
        worker.log.say(f"Message aborted MID {found.mid} Deleted by administrator")
        worker.agent.counters["deleted"] += len(found.recipients)
        gone = [r.rid for r in found.recipients]
        found.recipients = []
        worker.agent.hold(found.mid)
        worker.spool.settle(found, gone, done=lambda _: worker.agent.release(found.mid))

    return await _each(worker, "queue.delete", arguments, act)


async def bounce(worker: Worker, arguments: Arguments) -> Any:
    """Return messages to their senders."""

    def act(found: Message) -> None:
        worker.work.forget(found.mid)
        worker.agent.hold(found.mid)
        body = worker.spool.content(found) or b""
        recipients = list(found.recipients)
        worker.agent.outcome.settle(Job(found, recipients, body), [BY_HAND] * len(recipients))

    return await _each(worker, "queue.bounce", arguments, act)


async def _change(worker: Worker, command: str, arguments: Arguments, **changes: Any) -> Any:
    """Give recipients waiting for delivery new attributes, and look at them at once."""
    domains: set[str] = set()

    def act(found: Message) -> None:
        kept = [replace(r, due=time.time(), **changes) for r in found.recipients if r.stage is Stage.READY]
        domains.update(r.domain for r in kept)
        worker.spool.settle(found, kept=kept)

    result = await _each(worker, command, arguments, act)
    worker.agent.deliver_now(domains)
    return result


async def deliver_now(worker: Worker, arguments: Arguments) -> Any:
    """Try at once, whatever was planned."""
    return await _change(worker, "queue.deliver_now", arguments)


async def redirect(worker: Worker, arguments: Arguments) -> Any:
    """Deliver to another host; only what is queued now."""
    host, _, port = str(arguments.get("host", "")).rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadArguments(command="queue.redirect", why="host must be HOST:PORT")
    return await _change(worker, "queue.redirect", arguments, route=f"{host}:{port}")


async def archive(worker: Worker, arguments: Arguments) -> Any:
    """Write messages as files MID.eml into a folder; they stay in the queue."""
    folder = Path(str(arguments.get("folder", "")))
    if not folder.is_absolute() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise BadArguments(command="queue.archive", why=f"{folder} is not a folder the service can write to")

    def act(found: Message) -> None:
        body = worker.spool.content(found)
        target = folder / f"{found.mid}.eml"
        target.write_bytes(body.read_bytes() if isinstance(body, Path) else body or b"")

    return await _each(worker, "queue.archive", arguments, act)


Command = Callable[["Worker", Arguments], Awaitable[Any]]
QUEUE_COMMANDS: dict[str, Command] = {
    "queue.show": show,
    "queue.message": message,
    "queue.delete": delete,
    "queue.bounce": bounce,
    "queue.redirect": redirect,
    "queue.archive": archive,
    "queue.deliver_now": deliver_now,
}
