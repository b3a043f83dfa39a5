"""The control socket: JSON lines for the console, REST and upgrades; only for root, ourselves and our
group.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from gateway.service import channel
from gateway.service.errors import NoFolder, NotAllowed

_CREDENTIALS = struct.Struct("3i")
MODE = 0o660


class Control:
    """Serves `answerer` on a unix socket. `groups` are group ids whose members may use it besides."""

    def __init__(self, path: Path, answerer: channel.Answerer, groups: Iterable[int] = ()) -> None:
        self._path = path
        self._answerer = answerer
        self._groups = frozenset(groups)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises NoFolder if the socket cannot be made."""
        try:
            # A socket of a service that was killed is in the way; one that answers is another service.
            self._path.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(
                self._serve, str(self._path), limit=channel.LINE_LIMIT
            )
            self._path.chmod(MODE)
        except OSError as error:
            raise NoFolder(path=self._path, why=error.strerror or str(error)) from error

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            uid, gid = peer(writer.get_extra_info("socket"))
            if not allowed(uid, gid, self._groups):
                error = NotAllowed(uid=uid)

                async def refuse(command: str, arguments: dict[str, object]) -> None:
                    raise error

                writer.write(await channel.answer(b'{"command":""}', refuse))
                return
            while line := await reader.readline():
                writer.write(await channel.answer(line, self._answerer))
                await writer.drain()
        except (ConnectionError, ValueError):
            return  # gone, or a line beyond any limit
        finally:
            writer.close()


def peer(sock: socket.socket) -> tuple[int, int]:
    """User and group id of the process at the other end (SO_PEERCRED, unix(7))."""
    _, uid, gid = _CREDENTIALS.unpack(
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    return uid, gid


def allowed(uid: int, gid: int, groups: frozenset[int]) -> bool:
    """Root, the service's own user, and members of an administrators' group."""
    return uid in (0, os.getuid()) or gid in groups
