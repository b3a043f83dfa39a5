"""A message of our own through the real queue and delivery, to a sink on this host: does mail flow?"""

from __future__ import annotations

import base64
import secrets
import socket
import threading
from typing import Any

from aiosmtpd.controller import Controller

from gateway.config.mailing import Service
from mailward.errors import Failed

RECIPIENT = "probe@mailward.invalid"  # RFC 2606: nobody's, and where it is delivered to is said beside it
HOST = "127.0.0.1"


class ProbeLost(Failed):
    key = "service.probe"
    sentence = "a message of our own did not come through queue and delivery within {seconds:.0f} s"
    remedy = "See the mail log for MID {mid}"


class _Sink:
    """Takes what has the mark, refuses the rest."""

    def __init__(self, mark: bytes) -> None:
        self.mark, self.arrived = mark, threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.mark not in envelope.content:
            return "550 5.7.1 this is for a probe only"
        self.arrived.set()
        return "250 2.0.0 OK"


def probe(service: Service, seconds: float) -> None:
    """Raises ProbeLost, and what the service's client does."""
    mark = secrets.token_hex(16)
    sink = _Sink(mark.encode())
    port = _free_port()
    controller = Controller(sink, hostname=HOST, port=port, ready_timeout=seconds)
    controller.start()
    try:
        content = f"Subject: health check\r\nX-Mailward-Probe: {mark}\r\n\r\nprobe\r\n".encode()
        answer = service.ask(
            "queue.submit",
            recipients=[RECIPIENT],
            content=base64.b64encode(content).decode(),
            route=f"{HOST}:{port}",
        )
        mid = int(answer["mid"])
        if not sink.arrived.wait(seconds):
            service.ask("queue.delete", mids=[mid])
            raise ProbeLost(seconds=seconds, mid=mid)
    finally:
        controller.stop()


def _free_port() -> int:
    """A port nobody has at the moment: aiosmtpd's controller has to know it beforehand."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
