"""The asking end of the control socket, for commands, the console and upgrades. Plain blocking calls."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from gateway.service.channel import RemoteError
from gateway.service.errors import NotRunning

CONTROL = Path("/run/mailward/control")


class ControlClient:
    """Asks the running service. Each call is a connection of its own; `timeout` is in seconds."""

    def __init__(self, path: Path = CONTROL, timeout: float = 60) -> None:
        self._path = path
        self._timeout = timeout

    def ask(self, command: str, **arguments: Any) -> Any:
        """The answer. Raises NotRunning, or the service's own refusal as RemoteError."""
        request = json.dumps({"command": command, "arguments": arguments}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(self._timeout)
                sock.connect(str(self._path))
                sock.sendall(request)
                with sock.makefile("rb") as file:
                    line = file.readline()
            answer = json.loads(line)
        except OSError as error:
            why = (error.strerror or str(error) or "no answer").lower()
            raise NotRunning(path=self._path, why=why) from error
        except ValueError as error:
            raise NotRunning(path=self._path, why="it closed the connection") from error
        if "error" in answer:
            raise RemoteError(answer["error"])
        return answer["result"]
