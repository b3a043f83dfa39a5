"""What an upgrade needs of the mail service (U4). The service's floor is above: it hands in what fits this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

ALL = "ALL"  # stands for every listener where names are told


@dataclass(frozen=True, slots=True)
class MailState:
    """The service as it is.

    Attributes:
        work_queue: messages accepted and not yet through processing; those that wait for delivery only are kept
            over a reboot and do not count.
        queued: messages in the spool, whatever they wait for.
        suspended: names of the listeners that answer 421.
        all_suspended: every listener does, those of a later configuration too.
        delivery_suspended, work_paused: what an administrator switched off.
        full: the spool has no room for a message more.
    """

    work_queue: int
    queued: int
    suspended: tuple[str, ...] = ()
    all_suspended: bool = False
    delivery_suspended: bool = False
    work_paused: bool = False
    full: bool = False

    @property
    def flowing(self) -> bool:
        """Mail comes in, is processed and goes out: nothing is switched off and there is room."""
        return not (self.suspended or self.all_suspended or self.delivery_suspended or self.work_paused) and (
            not self.full
        )


@dataclass(frozen=True, slots=True)
class Census:
    """The queue on the disk: how many messages, and a digest over their numbers and recipients."""

    messages: int
    digest: str


class MailService(Protocol):
    """Each call raises a `MailwardError` if the service does not answer."""

    def state(self) -> MailState: ...

    def suspend_listeners(self, delay: float) -> MailState:
        """All of them, kept over restarts; connections that are open may go on for `delay` seconds."""

    def resume_listeners(self, keep: tuple[str, ...] = ()) -> MailState:
        """All of them but those in `keep`, which an administrator had suspended."""

    def census(self) -> Census:
        """Counts on the disk; only for a service that is stopped, or the count is old when it is told."""

    def probe(self, seconds: float) -> None:
        """Send a message of our own through the queue and delivery. Raises unless it comes out in time."""
