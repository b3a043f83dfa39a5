"""What delivery hands around: hosts, next hops, and the router that finds them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Protocol

from gateway.delivery.bounce import BounceProfile
from gateway.delivery.controls import RecipientRate
from gateway.delivery.response import Response
from gateway.delivery.tls import TlsDemand
from gateway.delivery.wire import ClientTimeouts
from gateway.queue.message import Message
from mailward.errors import Failed

PLAIN = TlsDemand(offer=False)
NO_RATE = RecipientRate()
DEFAULT = BounceProfile()
TIMEOUTS = ClientTimeouts()


@dataclass(frozen=True, slots=True)
class Host:
    """Where to connect.

    Attributes:
        name: what log and notices call it; empty for the address.
        rank: lower is tried first; equal ranks share the load.
        tls, context: what the connection has to be, and the means.
        source: local address to connect from; empty lets the kernel choose.
    """

    address: str
    port: int = 25
    name: str = ""
    rank: int = 0
    tls: TlsDemand = PLAIN
    context: ssl.SSLContext | None = None
    source: str = ""

    @property
    def where(self) -> tuple[str, int]:
        """Address and port: what makes it another host."""
        return self.address, self.port


@dataclass(frozen=True, slots=True)
class NextHop:
    """A destination. Domains with the same `key` share connections, limits and back-off.

    Attributes:
        hosts: lowest rank first.
        connections: at the same time, all workers together. messages: per connection.
        limit_key: what connections and recipients are counted by; empty: `key`.
        per_host: connections are counted for each host by itself.
        hostname: said in EHLO; empty: the system's own.
        discard: mail is thrown away (route /dev/null).
    """

    key: str
    hosts: tuple[Host, ...]
    connections: int = 20
    messages: int = 500
    recipients: RecipientRate = NO_RATE
    limit_key: str = ""
    per_host: bool = False
    hostname: str = ""
    discard: bool = False
    profile: BounceProfile = DEFAULT

    def counted_by(self, host: Host) -> str:
        """The limiter's key for a connection to `host`."""
        key = self.limit_key or self.key
        return f"{key}|{host.name or host.address}" if self.per_host else key


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What an agent is told. `workers`: how many share the limits of destinations."""

    hostname: str
    timeouts: ClientTimeouts = TIMEOUTS
    workers: int = 1


def redirected(route: str) -> NextHop:
    """The hop of ``host:port`` that an administrator chose for queued messages."""
    host, _, port = route.rpartition(":")
    return NextHop(f"redirect {route}", (Host(host.strip("[]"), int(port)),))


class RouteFailed(Failed):
    """No route: `response` says whether trying again makes sense."""

    key = "delivery.route"
    sentence = "No route to {domain}: {why}"

    def __init__(self, domain: str, response: Response) -> None:
        super().__init__(domain=domain, why=response.text)
        self.response = response


class Router(Protocol):
    """Domains to next hops, at delivery time. `gateway`: the virtual gateway mail leaves by, or empty."""

    def known(self, domain: str, gateway: str = "") -> NextHop | None:
        """The hop if no lookup is needed, else None."""

    async def find(self, domain: str, gateway: str = "") -> NextHop:
        """Look it up. Raises RouteFailed."""

    def profile(self, domain: str) -> BounceProfile:
        """How long mail for a domain is tried."""

    def gateway(self, message: Message) -> str:
        """The virtual gateway a message leaves by; empty for the system's own address."""
