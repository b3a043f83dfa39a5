"""A server on loopback that answers from a table and remembers what it was told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

OFFER = ("mx.test", "PIPELINING", "SIZE 0", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")


@dataclass
class Scripted:
    """`answers`: start of a command to its reply; the longest start wins. None closes the connection."""

    offer: tuple[str, ...] = OFFER
    answers: dict[bytes, bytes | None] = field(default_factory=dict)
    greeting: bytes = b"220 mx.test ESMTP\r\n"
    on_message: Callable[[bytes], bytes | None] = lambda content: b"250 2.0.0 Ok\r\n"
    commands: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Scripted:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", self.port, limit=64 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _answer(self, line: bytes) -> bytes | None:
        if line.startswith(b"EHLO") and b"EHLO" not in self.answers:
            return b"".join(
                b"250%s%s\r\n" % (b" " if i == len(self.offer) - 1 else b"-", word.encode())
                for i, word in enumerate(self.offer)
            )
        starts = [start for start in self.answers if line.startswith(start)]
        if starts:
            return self.answers[max(starts, key=len)]
        return {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n", b"STAR": b"220 go\r\n"}.get(
            line[:4], b"250 2.1.0 Ok\r\n"
        )

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(self.greeting)
        try:
            while line := await reader.readline():
                self.commands.append(line.rstrip())
                reply = self._answer(line.rstrip())
                if reply is None:
                    return
                writer.write(reply)
                if line.startswith(b"STARTTLS") and self.tls is not None and reply.startswith(b"220"):
                    await writer.start_tls(self.tls)
                if reply.startswith(b"354"):
                    lines: list[bytes] = []
                    while part := await reader.readline():
                        # Bare newlines end a line for readline, not for SMTP.
                        whole = not lines or lines[-1].endswith(b"\r\n")
                        if whole and part == b".\r\n":
                            break
                        lines.append(part[1:] if whole and part.startswith(b".") else part)
                    else:
                        return
                    body = b"".join(lines)
                    self.messages.append(body)
                    final = self.on_message(body)
                    if final is None:
                        return
                    writer.write(final)
                if line.startswith(b"QUIT"):
                    return
        except (ConnectionError, ssl.SSLError):
            return
        finally:
            writer.close()
