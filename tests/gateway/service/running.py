"""The real service in processes of its own, and a sink for what it delivers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from gateway.service.nursery import WORKER_NAME
from tests.gateway.delivery.scripted import Scripted

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE config SYSTEM "config.dtd">
<config>
  <hostname>mx.example.com</hostname>
  <listeners>
    <listener>
      <listener_name>InboundMail</listener_name>
      <ip>127.0.0.1</ip>
      <port>{port}</port>
      <accepted_domains><domain>example.com</domain></accepted_domains>
      {more}
    </listener>
  </listeners>
  <smtp_routes>
    <smtp_route>
      <domain>ALL</domain>
      <hosts><host><hostname>127.0.0.1</hostname><port>{relay}</port></host></hosts>
    </smtp_route>
  </smtp_routes>
  <bounce_profiles><bounce_profile><initial_retry>1</initial_retry></bounce_profile></bounce_profiles>
</config>
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def process_name(pid: int) -> str:
    """What `ps` calls the process; empty if it has ended since it was listed."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Sink:
    """A `Scripted` server in a thread."""

    def __init__(self, port: int = 0) -> None:
        self.server = Scripted(port=port)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        async def serve() -> None:
            async with self.server:
                self._ready.set()
                self._stop = asyncio.Event()
                await self._stop.wait()

        self._loop.run_until_complete(serve())
        self._loop.close()

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def messages(self) -> list[bytes]:
        return self.server.messages

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


class Service:
    """`mailward serve`; `with` starts it and ends it."""

    def __init__(self, folder: Path, relay: int, *, workers: int = 2, more: str = "") -> None:
        self.folder = folder
        self.workers = workers
        self.relay = relay
        self.port = free_port()
        self.config = folder / "config.xml"
        self.configure(more)
        self.process: subprocess.Popen[bytes] | None = None
        self.errors: IO[bytes] | None = None  # where its standard error goes, if not to ours

    def configure(self, more: str = "", relay: int | None = None) -> None:
        self.config.write_text(CONFIG.format(port=self.port, relay=relay or self.relay, more=more))

    @property
    def control(self) -> Path:
        return self.folder / "run" / "control"

    def command(self) -> list[str]:
        places = {"--config": self.config, "--spool": "spool", "--log": "log", "--control": self.control}
        words = [str(word) for item in places.items() for word in item]
        return [sys.executable, "-m", "mailward", "serve", *words, "--workers", str(self.workers)]

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command(),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            stderr=self.errors,
        )
        end = time.monotonic() + 30
        while not self._listens():
            assert self.process.poll() is None, "the service ended"
            assert time.monotonic() < end
            time.sleep(0.02)

    def _listens(self) -> bool:
        """The file is there a moment before anybody listens."""
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(str(self.control)) == 0

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)

    def workers_pids(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split() if process_name(int(pid)) == WORKER_NAME]

    def kill(self) -> None:
        """kill -9, workers first so that none gets to tidy up."""
        assert self.process is not None
        for pid in self.workers_pids():
            os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait(10)
        self.control.unlink(missing_ok=True)

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=20)

    def ask(self, command: str, **arguments: Any) -> Any:
        """Ask over the control socket."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(str(self.control))
            sock.sendall(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
            answer = json.loads(sock.makefile().readline())
        assert "error" not in answer, answer
        return answer["result"]

    def log(self) -> str:
        time.sleep(0.4)
        return (self.folder / "log" / "mail_logs" / "mail.current").read_text()


def wait_for(condition: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
