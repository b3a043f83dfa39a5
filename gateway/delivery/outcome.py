"""What becomes of a message's recipients after an attempt: done, tried again, or bounced."""

from __future__ import annotations

import logging
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.delivery.destination import Destination
from gateway.delivery.job import Job
from gateway.delivery.response import Response
from gateway.logs.maillog import clean
from gateway.queue.message import Message, Recipient, Stage, Traits
from gateway.queue.numbers import Kind

if TYPE_CHECKING:
    from gateway.delivery.agent import Agent

_log = logging.getLogger(__name__)
BOUNCE_COPY = 10 << 10  # octets of the original that go into a bounce
GONE = Response(554, "5.3.0", "the message's content is lost")


class Outcome:
    """Turns responses into log lines and changes of the spool."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def settle(
        self, dcid: int, job: Job, responses: list[Response], destination: Destination | None = None
    ) -> None:
        """A job got its answers, one per recipient."""
        agent, message = self._agent, job.message
        log, mid, now = agent.log, message.mid, time.time()
        gone: list[int] = []
        kept: list[Recipient] = []
        failed: list[tuple[Recipient, Response]] = []
        delivered: list[int] = []
        for recipient, response in zip(job.recipients, responses, strict=True):
            if response.ok:
                gone.append(recipient.rid)
                delivered.append(recipient.rid)
            elif self._again(message, recipient, response, now):
                kept.append(recipient)
                log.say(
                    f"Delayed: DCID {dcid} MID {mid} to RID {recipient.rid} - {response.status} - "
                    f"{clean(response.text)}"
                )
                agent.plan(recipient.domain, recipient.due)
            else:
                gone.append(recipient.rid)
                failed.append((recipient, response))
                log.say(
                    f"Bounced: DCID {dcid} MID {mid} to RID {recipient.rid} - {response.status} - "
                    f"({response.code}, '{clean(response.text)}')"
                )
        if delivered:
            rids = ", ".join(map(str, delivered))
            log.say(f"Message done DCID {dcid} MID {mid} to RID [{rids}]")
            log.say(f"MID {mid} RID [{rids}] Response '{clean(str(responses[-1]))}'")
        if destination is not None:
            destination.delivered += len(delivered)
            destination.deferred += len(kept)
            destination.bounced += len(failed)
        agent.counters["delivered"] += len(delivered)
        agent.counters["deferred"] += len(kept)
        agent.counters["bounced"] += len(failed)
        note = self._bounce(message, failed, job.body) if failed else None
        if gone:
            message.recipients = [r for r in message.recipients if r.rid not in gone]
        if not message.recipients:
            log.say(f"Message finished MID {mid} done")
        agent.spool.settle(message, gone, kept, note, partial(self._recorded, mid, note))

    def lost(self, job: Job) -> None:
        """A message has an envelope and no content: say so loudly, bounce it."""
        _log.critical("spool: the content of message %d is gone", job.message.mid)
        self.settle(0, job, [GONE] * len(job.recipients))

    def _again(self, message: Message, recipient: Recipient, response: Response, now: float) -> bool:
        recipient.attempts += 1
        recipient.response = str(response)
        if response.permanent:
            return False
        due = self._agent.schedule.next_attempt(recipient.attempts, message.received, now)
        if due is None:
            return False
        recipient.due = due
        recipient.stage = Stage.READY
        return True

    def _recorded(self, mid: int, note: Message | None, error: Exception | None) -> None:
        self._agent.release(mid)
        if note is not None:
            self._agent.requeue(note)

    def _bounce(
        self, message: Message, failed: list[tuple[Recipient, Response]], body: bytes | Path
    ) -> Message | None:
        """The notification for the sender; None if none may be sent."""
        agent = self._agent
        if message.traits & Traits.BOUNCE:
            return None
        note = agent.bouncer.bounce(message, failed, _start_of(body))
        if note is None:
            return None
        note.mid = agent.numbers.take(Kind.MID)
        note.traits |= Traits.BOUNCE
        note.received = time.time()
        agent.log.say(f"MID {message.mid} generated bounce MID {note.mid}")
        return note


def _start_of(body: bytes | Path) -> bytes:
    if isinstance(body, bytes):
        return body[: BOUNCE_COPY + 1]
    try:
        fd = os.open(body, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, BOUNCE_COPY + 1)
    finally:
        os.close(fd)
