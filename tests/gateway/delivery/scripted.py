"""A server on loopback that answers from a table and remembers what it was told."""

from __future__ import annotations

import asyncio
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

    async def __aenter__(self) -> Scripted:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=64 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    def _answer(self, line: bytes) -> bytes | None:
        if line.startswith(b"EHLO") and b"EHLO" not in self.answers:
            return b"".join(
                b"250%s%s\r\n" % (b" " if i == len(self.offer) - 1 else b"-", word.encode())
                for i, word in enumerate(self.offer)
            )
        starts = [start for start in self.answers if line.startswith(start)]
        if starts:
            return self.answers[max(starts, key=len)]
        return {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}.get(line[:4], b"250 2.1.0 Ok\r\n")

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
                if reply.startswith(b"354"):
                    content = bytearray(b"\r\n")
                    while not content.endswith(b"\r\n.\r\n"):
                        part = await reader.readline()
                        if not part:
                            return
                        content += part
                    body = bytes(content[2:-3]).replace(b"\r\n.", b"\r\n")
                    self.messages.append(body)
                    final = self.on_message(body)
                    if final is None:
                        return
                    writer.write(final)
                if line.startswith(b"QUIT"):
                    return
        except ConnectionError:
            return
        finally:
            writer.close()
