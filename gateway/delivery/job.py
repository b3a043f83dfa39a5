"""What a client is given to do, and whom it tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.delivery.response import Response
from gateway.queue.message import Message, Recipient

if TYPE_CHECKING:
    from gateway.delivery.client import Client


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """Seconds to wait for the server (RFC 5321 §4.5.3.2)."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    final: float = 600
    idle: float = 5


class Tls(StrEnum):
    """TLS on a connection: not at all, if offered, or else no mail."""

    NONE = "none"
    PREFERRED = "preferred"
    REQUIRED = "required"


@dataclass(slots=True)
class Job:
    """One message for one destination: some or all of its recipients, and the body."""

    message: Message
    recipients: list[Recipient]
    body: bytes | Path
    retries: int = 0


class Owner(Protocol):
    """Told what happens; called from the loop."""

    def client_ready(self, client: Client) -> None:
        """Greeted (and secured): `send` may be called. Called again whenever the last message is done."""

    def client_next(self, client: Client) -> Job | None:
        """A message to send at once behind the content just sent; None if there is none."""

    def client_done(self, client: Client, job: Job, responses: list[Response]) -> None:
        """A response per recipient, in the job's order."""

    def client_closed(self, client: Client, jobs: list[tuple[Job, bool]], why: Response) -> None:
        """The connection is over. Jobs that got no answer, and whether their content was under way."""
