"""What becomes of a message's recipients after an attempt: done, tried again, or bounced."""

from __future__ import annotations

import logging
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.delivery.client import Job
from gateway.delivery.destination import Destination
from gateway.delivery.response import Response
from gateway.logs.maillog import clean
from gateway.queue.message import Message, Recipient, Stage, Traits
from gateway.queue.numbers import Kind

if TYPE_CHECKING:
    from gateway.delivery.agent import Agent

_log = logging.getLogger(__name__)
BOUNCE_COPY = 10 << 10  # octets of the original that go into a bounce
GONE = Response(554, "5.3.0", "the message's content is lost")
EXPIRED = "5.4.7"


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
        if failed:
            self._bounce(message, failed, job.body)
        self._record(message, gone, kept)

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

    def _record(self, message: Message, gone: list[int], kept: list[Recipient]) -> None:
        agent, mid = self._agent, message.mid
        if gone:
            message.recipients = [r for r in message.recipients if r.rid not in gone]
        done = partial(self._recorded, mid)
        if message.recipients:
            agent.spool.update(mid, gone, kept, done)
        else:
            agent.log.say(f"Message finished MID {mid} done")
            agent.spool.remove(message, done)

    def _recorded(self, mid: int, error: Exception | None) -> None:
        self._agent.release(mid)

    def _bounce(self, message: Message, failed: list[tuple[Recipient, Response]], body: bytes | Path) -> None:
        agent = self._agent
        if message.traits & Traits.BOUNCE:
            return
        note = agent.bouncer.bounce(message, failed, _start_of(body))
        if note is None:
            return
        note.mid = agent.numbers.take(Kind.MID)
        note.traits |= Traits.BOUNCE
        note.received = time.time()
        agent.log.say(f"MID {message.mid} generated bounce MID {note.mid}")
        agent.spool.accept(note, (), partial(self._noted, note))

    def _noted(self, note: Message, error: Exception | None) -> None:
        if error is not None:
            _log.error("spool: bounce %d is not kept: %s", note.mid, error)
            return
        self._agent.requeue(note)


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
