"""What becomes of a message's recipients after an attempt: done, tried again, or bounced.

The recipients' new state and the notices about them go into the spool in one transaction (G1).
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.delivery import bouncelog
from gateway.delivery.bounce import BounceProfile, GiveUp, next_step, notice_due
from gateway.delivery.bouncelog import EXPIRED, classify
from gateway.delivery.destination import Destination
from gateway.delivery.dsn import COPY_LIMIT, Action
from gateway.delivery.notices import Event, Notices
from gateway.delivery.ports import DEFAULT, Router
from gateway.delivery.response import Response
from gateway.delivery.response import Stage as At
from gateway.delivery.wire import Job
from gateway.logs.maillog import MailLog, clean
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.numbers import Kind, Numbers
from gateway.queue.spool import Spool

_log = logging.getLogger(__name__)
GONE = Response(554, "5.3.0", "the message's content is lost", At.BODY)


@dataclass(slots=True)
class _Tally:
    """What an attempt comes to."""

    gone: list[int] = field(default_factory=list)
    kept: list[Recipient] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    events: dict[tuple[Action, BounceProfile], list[Event]] = field(default_factory=dict)

    def tell(self, action: Action, event: Event, profile: BounceProfile = DEFAULT) -> None:
        self.events.setdefault((action, profile), []).append(event)


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom an answer is from; without a connection `dcid` is 0 and `host` empty."""

    dcid: int = 0
    host: str = ""
    dsn: bool = True  # reports on success itself


NOBODY = Peer()


class Outcome:
    """Turns responses into log lines, changes of the spool and notices.

    Args:
        plan: told domain and time of a next attempt. release: told the MID when it is recorded.
        requeue: gets notices once they are durable.
    """

    def __init__(
        self,
        spool: Spool,
        numbers: Numbers,
        log: MailLog,
        router: Router,
        notices: Notices,
        counters: Counter[str],
        *,
        plan: Callable[[str, float], None],
        release: Callable[[int], None],
        requeue: Callable[[Message], None],
        bounce_log: MailLog | None = None,
    ) -> None:
        self.router = router
        self.notices = notices
        self._spool = spool
        self._numbers = numbers
        self._log = log
        self._bounce_log = bounce_log
        self._counters = counters
        self._plan = plan
        self._release = release
        self._requeue = requeue

    def settle(
        self,
        job: Job,
        responses: Sequence[Response],
        peer: Peer = NOBODY,
        destination: Destination | None = None,
    ) -> None:
        """A job got its answers, one per recipient."""
        message, now, tally = job.message, time.time(), _Tally()
        for recipient, response in zip(job.recipients, responses, strict=True):
            if response.ok:
                tally.gone.append(recipient.rid)
                tally.delivered.append(recipient.rid)
                if recipient.notify and not peer.dsn:
                    event = Event(recipient, response, "2.0.0", "", peer.host)
                    tally.tell(Action.RELAYED, event)
            else:
                self._unsent(tally, message, recipient, response, peer, now)
        if tally.delivered:
            rids = ", ".join(map(str, tally.delivered))
            mid, good = message.mid, next(r for r in responses if r.ok)
            self._log.say(f"Message done DCID {peer.dcid} MID {mid} to RID [{rids}]")
            self._log.say(f"MID {mid} RID [{rids}] Response '{clean(str(good))}'")
        failed = len(tally.gone) - len(tally.delivered)
        if destination is not None:
            destination.delivered += len(tally.delivered)
            destination.deferred += len(tally.kept)
            destination.bounced += failed
        counters = self._counters
        counters["delivered"] += len(tally.delivered)
        counters["deferred"] += len(tally.kept)
        counters["bounced"] += failed
        self._record(message, tally, job.body, now)

    def lost(self, job: Job) -> None:
        """A message has an envelope and no content: say so loudly, bounce it."""
        _log.critical("spool: the content of message %d is gone", job.message.mid)
        self.settle(job, [GONE] * len(job.recipients))

    def age(self, message: Message, now: float) -> bool:
        """Bounce what has waited too long and warn about what waits long; True if anything was to be done.

        For recipients nobody tried lately, because their destination rests.
        """
        tally = _Tally()
        for recipient in message.recipients:
            if recipient.stage is not Stage.READY:
                continue
            profile = self.router.profile(recipient.domain)
            why = Response(451, "4.4.7", recipient.response or "not tried yet", At.ROUTE)
            if now > message.received + profile.longest_time:
                hours = f"not delivered within {profile.longest_time / 3600:g} hours"
                self._bounced(tally, message, recipient, why, NOBODY, (*EXPIRED, hours), profile)
            elif notice_due(profile, queued=message.received, sent=recipient.notices, now=now):
                self._warn(tally, message, recipient, why, NOBODY, profile)
                tally.kept.append(recipient)
        if not tally.gone and not tally.kept:
            return False
        self._counters["bounced"] += len(tally.gone)
        self._record(message, tally, b"", now)
        return True

    def _unsent(
        self,
        tally: _Tally,
        message: Message,
        recipient: Recipient,
        response: Response,
        peer: Peer,
        now: float,
    ) -> None:
        recipient.attempts += 1
        recipient.response = str(response)
        profile = self.router.profile(recipient.domain)
        status, words = classify(response)
        if response.permanent:
            self._bounced(tally, message, recipient, response, peer, (status, words, ""), profile)
            return
        step = next_step(
            profile, queued=message.received, tries=recipient.attempts, now=now, random=random.random
        )
        if isinstance(step, GiveUp):
            self._bounced(tally, message, recipient, response, peer, (*EXPIRED, step.reason), profile)
            return
        recipient.due = step.at
        recipient.stage = Stage.READY
        tally.kept.append(recipient)
        if notice_due(profile, queued=message.received, sent=recipient.notices, now=now):
            self._warn(tally, message, recipient, response, peer, profile)
        self._say(bouncelog.Outcome.DELAYED, message, recipient, response, peer, status, words)
        self._plan(recipient.domain, recipient.due)

    def _bounced(
        self,
        tally: _Tally,
        message: Message,
        recipient: Recipient,
        response: Response,
        peer: Peer,
        verdict: tuple[str, str, str],
        profile: BounceProfile,
    ) -> None:
        """`verdict`: status and words of the log, and why it was given up, if it was."""
        status, words, reason = verdict
        tally.gone.append(recipient.rid)
        own = response.enhanced if response.permanent and response.enhanced else status
        tell = Event(recipient, response, own, f"{words}: {reason}" if reason else words, peer.host)
        tally.tell(Action.FAILED, tell, profile)
        self._say(bouncelog.Outcome.BOUNCED, message, recipient, response, peer, status, words)

    def _warn(
        self,
        tally: _Tally,
        message: Message,
        recipient: Recipient,
        response: Response,
        peer: Peer,
        profile: BounceProfile,
    ) -> None:
        recipient.notices += 1
        until = message.received + profile.longest_time
        event = Event(recipient, response, response.status, classify(response)[1], peer.host, until)
        tally.tell(Action.DELAYED, event, profile)

    def _say(
        self,
        outcome: bouncelog.Outcome,
        message: Message,
        recipient: Recipient,
        response: Response,
        peer: Peer,
        status: str,
        words: str,
    ) -> None:
        line = partial(
            bouncelog.line, outcome, dcid=peer.dcid, mid=message.mid, rid=recipient.rid, status=status,
            words=words, response=response,
        )  # fmt: skip
        self._log.say(line())
        if self._bounce_log is not None:
            self._bounce_log.say(line(envelope=(message.sender, recipient.address)))

    def _record(self, message: Message, tally: _Tally, body: bytes | Path, now: float) -> None:
        mid = message.mid
        if tally.gone:
            message.recipients = [r for r in message.recipients if r.rid not in tally.gone]
        notices = self._write(message, tally, body, now) if tally.events else []
        if not message.recipients:
            self._log.say(f"Message finished MID {mid} done")
        done = partial(self._recorded, mid, notices)
        self._spool.settle(message, tally.gone, tally.kept, notices, done)

    def _recorded(self, mid: int, notices: Sequence[Message], error: Exception | None) -> None:
        self._release(mid)
        for notice in notices:
            self._requeue(notice)

    def _write(self, message: Message, tally: _Tally, body: bytes | Path, now: float) -> list[Message]:
        notices = []
        if not body:
            # Given up before it was its turn to be loaded.
            body = self._spool.content(message) or b""
            message.body = None
        start = _start_of(body)
        for (action, profile), events in tally.events.items():
            notice = self.notices.write(action, message, events, profile, start, now)
            if notice is None:
                continue
            notice.mid = self._numbers.take(Kind.MID)
            kind = "bounce" if action is Action.FAILED else f"{action.value} notice"
            self._log.say(f"MID {notice.mid} was generated for {kind} of MID {message.mid}")
            notices.append(notice)
        return notices


def _start_of(body: bytes | Path) -> bytes:
    """As much of a message as a notice can want."""
    if isinstance(body, bytes):
        return body[: COPY_LIMIT + 1]
    try:
        fd = os.open(body, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, COPY_LIMIT + 1)
    finally:
        os.close(fd)
