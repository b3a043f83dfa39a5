"""JSON lines over a stream: requests with an id, answers with the same id. Control socket and workers speak
it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from mailward.errors import ExitStatus, MailwardError

LINE_LIMIT = 64 << 20  # octets; an answer may list many messages
Answerer = Callable[[str, dict[str, Any]], Awaitable[Any]]


async def answer(line: bytes, answerer: Answerer) -> bytes:
    """Run the request in a line and make the answer's line."""
    try:
        request = json.loads(line)
        command, arguments = str(request["command"]), dict(request.get("arguments") or {})
    except (ValueError, KeyError, TypeError):
        return _line({"error": {"error": "bad-request", "message": "not a request", "remedy": ""}})
    identity = request.get("id")
    try:
        result = await answerer(command, arguments)
    except MailwardError as error:
        return _line({"id": identity, "error": {**error.to_dict(), "status": int(error.exit_status)}})
    return _line({"id": identity, "result": result})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class Peer:
    """The asking end. `ask` may be called while others wait."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._gone = False
        self.on_event: Callable[[dict[str, Any]], None] = lambda event: None

    async def ask(self, command: str, arguments: dict[str, Any], timeout: float = 60) -> dict[str, Any]:
        """The answer: a dict with ``result`` or ``error``. Raises ConnectionError, TimeoutError."""
        if self._gone:
            raise ConnectionError("the other end is gone")
        number = next(self._ids)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._writer.write(_line({"id": number, "command": command, "arguments": arguments}))
            async with asyncio.timeout(timeout):
                return await future
        finally:
            self._waiting.pop(number, None)

    async def run(self) -> None:
        """Read answers until the other end is gone; then everybody waiting gets a ConnectionError."""
        try:
            while line := await self._reader.readline():
                message = json.loads(line)
                future = self._waiting.get(message.get("id") or 0)
                if future is None:
                    self.on_event(message)
                elif not future.done():
                    future.set_result(message)
        except (ConnectionError, ValueError):
            pass
        finally:
            self._gone = True
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the other end is gone"))
            self._writer.close()


class RemoteError(MailwardError):
    """An error that came over the channel, as it was: key, sentence, remedy, fields."""

    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__(**dict(value.get("fields") or {}))
        self._value = value
        self.exit_status = ExitStatus(value.get("status", ExitStatus.FAILED))  # type: ignore[misc]

    def __str__(self) -> str:
        return str(self._value.get("message", "unknown error"))

    def hint(self) -> str:
        return str(self._value.get("remedy", ""))

    def to_dict(self) -> dict[str, Any]:
        return dict(self._value)
