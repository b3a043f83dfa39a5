"""One next hop: its connections, what waits for it in memory, and how it has been doing."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from gateway.delivery.client import Client
from gateway.delivery.ports import Host, NextHop
from gateway.delivery.wire import Job

Where = tuple[str, int]
PER_CONNECTION = 4  # waiting messages that justify one more connection
FIRST_PAUSE = 60.0  # seconds a hop rests after all its hosts failed
LONGEST_PAUSE = 3600.0
HOST_REST = 60.0  # seconds a failed host is passed over
PLAIN_REST = 600.0  # seconds a host is not offered TLS after it broke, where TLS is not required


@dataclass(slots=True, eq=False)
class Destination:
    """State of a hop in this worker. Times are of the event loop's clock, except where a message's are meant.

    Attributes:
        fresh: jobs in memory, next first.
        ready: domains with due recipients in the spool that are not in memory.
        bad: hosts that failed, and until when they are passed over. plain: hosts whose TLS is broken.
        down_until: no connection is tried before. held_until: the recipient rate is used up until then.
    """

    hop: NextHop
    fresh: deque[Job] = field(default_factory=deque)
    ready: deque[str] = field(default_factory=deque)
    clients: set[Client] = field(default_factory=set)
    idle: dict[Client, float] = field(default_factory=dict)
    connecting: int = 0
    bad: dict[Where, float] = field(default_factory=dict)
    plain: dict[Where, float] = field(default_factory=dict)
    down_until: float = 0.0
    held_until: float = 0.0
    failures: int = 0
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    last_error: str = ""

    def rests(self, now: float) -> bool:
        """True while nothing may be sent."""
        return now < self.down_until or now < self.held_until

    def unused(self, now: float) -> bool:
        """True if nothing would be lost by forgetting this."""
        return not (self.fresh or self.ready or self.clients or self.connecting or self.rests(now))

    def wants_connection(self, now: float) -> bool:
        """True if what waits is worth one more connection, and one is allowed."""
        waiting = len(self.fresh) + (PER_CONNECTION if self.ready else 0)
        if not waiting or self.rests(now):
            return False
        # While the hop has not answered once, one attempt at a time.
        if self.connecting and not self.clients:
            return False
        return (len(self.clients) + self.connecting) * PER_CONNECTION < waiting

    def hosts(self, now: float) -> list[Host]:
        """Hosts that are not known to fail, the best first; those of equal rank in random order."""
        usable = [host for host in self.hop.hosts if self.bad.get(host.where, 0.0) <= now]
        if len(usable) > 1:
            random.shuffle(usable)
            usable.sort(key=lambda host: host.rank)
        return usable

    def plain_only(self, host: Host, now: float) -> bool:
        """Whether TLS broke with this host not long ago."""
        return self.plain.get(host.where, 0.0) > now

    def host_failed(self, host: Host, now: float) -> None:
        """Pass this host over for a while."""
        self.bad[host.where] = now + HOST_REST

    def tls_failed(self, host: Host, now: float) -> bool:
        """TLS broke. True if the host may be tried again without it."""
        if host.tls.required or self.plain_only(host, now):
            return False
        self.plain[host.where] = now + PLAIN_REST
        return True

    def failed(self, now: float) -> None:
        """Every host failed: rest, longer each time."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures, 10))
        self.failures += 1
        self.down_until = now + pause * random.uniform(0.9, 1.1)
        self.bad.clear()

    def works(self) -> None:
        """It answered."""
        self.failures = 0
        self.down_until = 0.0
