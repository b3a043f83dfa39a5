"""One next hop: its connections, what waits for it in memory, and how it has been doing."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from gateway.delivery.client import Client
from gateway.delivery.job import Job
from gateway.delivery.ports import Host, NextHop

PER_CONNECTION = 4  # waiting messages that justify one more connection
FIRST_PAUSE = 60.0  # seconds a hop rests after all its hosts failed
LONGEST_PAUSE = 3600.0


@dataclass(slots=True, eq=False)
class Destination:
    """State of a hop in this worker. Times are of the event loop's clock, except where a message's are meant.

    Attributes:
        fresh: jobs in memory, next first.
        ready: domains with due recipients in the spool that are not in memory.
        bad: hosts that failed, and until when they are passed over.
        down_until: no connection is tried before.
    """

    hop: NextHop
    fresh: deque[Job] = field(default_factory=deque)
    ready: deque[str] = field(default_factory=deque)
    clients: set[Client] = field(default_factory=set)
    idle: dict[Client, float] = field(default_factory=dict)
    connecting: int = 0
    bad: dict[Host, float] = field(default_factory=dict)
    down_until: float = 0.0
    failures: int = 0
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    last_error: str = ""

    def wants_connection(self, now: float) -> bool:
        """True if what waits is worth one more connection, and one is allowed."""
        waiting = len(self.fresh) + (PER_CONNECTION if self.ready else 0)
        have = len(self.clients) + self.connecting
        if not waiting or now < self.down_until or have >= self.hop.connections:
            return False
        # While the hop has not answered once, one attempt at a time.
        if self.connecting and not self.clients:
            return False
        return have * PER_CONNECTION < waiting

    def host(self, now: float) -> Host | None:
        """The first host that is not known to fail."""
        for host in self.hop.hosts:
            if self.bad.get(host, 0.0) <= now:
                return host
        return None

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
