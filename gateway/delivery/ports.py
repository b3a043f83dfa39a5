"""What delivery is handed in: routes, the retry schedule, bounces. And plain versions of each."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.delivery.job import Tls
from gateway.delivery.response import Response
from gateway.queue.message import Message, Recipient
from mailward.errors import Failed


@dataclass(frozen=True, slots=True)
class Host:
    """Where to connect: an address or a name, and the name TLS is checked against."""

    address: str
    port: int = 25
    name: str = ""


@dataclass(frozen=True, slots=True)
class NextHop:
    """A destination. Domains with the same `key` share connections, limits and back-off.

    Attributes:
        hosts: in the order to try.
        connections: at the same time, for this worker.
        messages: per connection; 0 is no limit.
        source: local address to connect from; empty lets the kernel choose.
    """

    key: str
    hosts: tuple[Host, ...]
    connections: int = 20
    messages: int = 500
    tls: Tls = Tls.NONE
    context: ssl.SSLContext | None = None
    source: str = ""


class RouteFailed(Failed):
    """No route: `response` says whether trying again makes sense."""

    key = "delivery.route"
    sentence = "No route to {domain}: {why}"

    def __init__(self, domain: str, response: Response) -> None:
        super().__init__(domain=domain, why=response.text)
        self.response = response


class Router(Protocol):
    """Domains to next hops, at delivery time."""

    def known(self, domain: str) -> NextHop | None:
        """The hop if no lookup is needed, else None. What `find` returned stays known for 10 s or more."""

    async def find(self, domain: str) -> NextHop:
        """Look it up. Raises RouteFailed."""


class Schedule(Protocol):
    def next_attempt(self, attempts: int, received: float, now: float) -> float | None:
        """When to try again after `attempts` failures; None when it is time to bounce. Seconds since the
        epoch.
        """


class Bouncer(Protocol):
    def bounce(
        self, message: Message, failures: Sequence[tuple[Recipient, Response]], content: bytes
    ) -> Message | None:
        """A notification to the sender, without a MID yet; None if none may be sent. `content` may be cut
        short.
        """


class StaticRouter:
    """Domains by a table, with ``ALL`` for the rest; no DNS."""

    def __init__(self, routes: Mapping[str, NextHop]) -> None:
        self._routes = dict(routes)

    def known(self, domain: str) -> NextHop | None:
        found = self._routes.get(domain)
        while found is None and "." in domain:
            domain = domain.partition(".")[2]
            found = self._routes.get("." + domain)
        return found or self._routes.get("ALL")

    async def find(self, domain: str) -> NextHop:
        hop = self.known(domain)
        if hop is None:
            raise RouteFailed(domain, Response(451, "4.4.4", "no SMTP route and no DNS"))
        return hop


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling intervals between two limits; the incumbent's defaults (bounce profile "Default").

    Attributes:
        first, longest: seconds between attempts.
        most: attempts. lifetime: seconds in the queue.
        jitter: the part of an interval that is left to chance.
    """

    first: float = 60
    longest: float = 3600
    most: int = 100
    lifetime: float = 259_200
    jitter: float = 0.1
    chance: Callable[[], float] = random.random

    def next_attempt(self, attempts: int, received: float, now: float) -> float | None:
        wait = min(self.longest, self.first * 2.0 ** min(attempts - 1, 30))
        wait *= 1 + self.jitter * (self.chance() - 0.5)
        if attempts > self.most or now + wait > received + self.lifetime:
            return None
        return now + wait


class PlainBouncer:
    """A short note in plain text, until gateway.delivery.dsn takes its place."""

    def __init__(self, hostname: str) -> None:
        self._hostname = hostname

    def bounce(
        self, message: Message, failures: Sequence[tuple[Recipient, Response]], content: bytes
    ) -> Message | None:
        wanted = [(r, why) for r, why in failures if r.notify in ("", "FAILURE") or "FAILURE" in r.notify]
        if not message.sender or not wanted:
            return None
        lines = [f"<{recipient.address}>: {why}" for recipient, why in wanted]
        body = "\r\n".join(
            [
                f"From: Mail Delivery System <MAILER-DAEMON@{self._hostname}>",
                f"To: <{message.sender}>",
                "Subject: Delivery Status Notification (Failure)",
                "Auto-Submitted: auto-replied",
                "",
                "The following message could not be delivered:",
                *lines,
                "",
            ]
        ).encode()
        domain = message.sender.rpartition("@")[2].lower()
        return Message(
            0,
            "",
            message.received,
            len(body),
            body,
            subject="Delivery Status Notification (Failure)",
            recipients=[Recipient(0, message.sender, domain)],
        )
