"""Jobs of one worker that are in memory, and the messages somebody is busy with."""

from __future__ import annotations

from pathlib import Path

from gateway.delivery.destination import Destination
from gateway.delivery.wire import Job
from gateway.queue.message import Message, Recipient

MOST_OCTETS = 48 << 20  # of bodies kept in memory for delivery
MOST_JOBS = 5_000
MOST_RECIPIENTS = 100  # in one transaction: what every server takes (RFC 5321 §4.5.3.1.8)


class Backlog:
    """Counts what waits in the `fresh` jobs of all destinations.

    Attributes:
        live: MIDs, and how many jobs and commits of each are under way. A live message is not read from the
            spool a second time.
    """

    def __init__(self) -> None:
        self.live: dict[int, int] = {}
        self.jobs = 0
        self.octets = 0

    @property
    def full(self) -> bool:
        """True if what comes now should stay in the spool."""
        return self.octets > MOST_OCTETS or self.jobs > MOST_JOBS

    def hold(self, mid: int) -> None:
        """Somebody works on a message: deliver none of it until `release`."""
        self.live[mid] = self.live.get(mid, 0) + 1

    def release(self, mid: int) -> None:
        """One job or commit of a message is over."""
        left = self.live.get(mid, 1) - 1
        if left:
            self.live[mid] = left
        else:
            self.live.pop(mid, None)

    def keep(
        self, destination: Destination, message: Message, recipients: list[Recipient], body: bytes | Path
    ) -> None:
        """Recipients of a message wait for a destination; long lists in several jobs."""
        for start in range(0, len(recipients), MOST_RECIPIENTS):
            job = Job(message, recipients[start : start + MOST_RECIPIENTS], body)
            self.hold(message.mid)
            destination.fresh.append(job)
            self.jobs += 1
            self.octets += job.held

    def take(self, destination: Destination) -> Job | None:
        """The first job of a destination."""
        if not destination.fresh:
            return None
        job = destination.fresh.popleft()
        self.jobs -= 1
        self.octets -= job.held
        return job

    def put_back(self, destination: Destination, job: Job) -> None:
        """A job that could not be sent now is the next one."""
        destination.fresh.appendleft(job)
        self.jobs += 1
        self.octets += job.held
