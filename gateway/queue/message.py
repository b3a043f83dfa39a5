"""A queued message: one body, and a row per recipient."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from pathlib import Path


class Stage(IntEnum):
    """Where a recipient's row is on its way."""

    WORK = 0  # waits for filters in the work queue
    READY = 1  # waits for delivery
    HELD = 2  # kept back by an administrator


class Traits(IntFlag):
    """What delivery has to know about the content."""

    NONE = 0
    EIGHT_BIT = 1  # MAIL … BODY=8BITMIME
    SMTPUTF8 = 2
    DOTTED = 4  # some line begins with a dot: needs stuffing
    BOUNCE = 8  # written by ourselves, never bounced again


@dataclass(slots=True)
class Recipient:
    """One recipient of one message.

    Attributes:
        rid: number in the message, from 0.
        domain: lower case, what routing looks at.
        due: next attempt, seconds since the epoch.
        notify, orcpt: RFC 3461 parameters as the client gave them.
        response: what the last attempt was answered.
        route: ``host:port`` an administrator redirected to; empty for the usual way.
        notices: delay notices sent.
    """

    rid: int
    address: str
    domain: str
    due: float = 0.0
    attempts: int = 0
    notify: str = ""
    orcpt: str = ""
    response: str = ""
    stage: Stage = Stage.READY
    route: str = ""
    notices: int = 0


@dataclass(slots=True)
class Message:
    """The envelope and what is known about the content.

    Attributes:
        sender: reverse-path without brackets; empty for the null sender.
        received: seconds since the epoch.
        size: octets of the stored content, trace header included.
        body: the content itself, or the file that has it; None when not loaded.
        client: address it came from; empty for our own.
        ret, envid: RFC 3461 parameters as the client gave them.
    """

    mid: int
    sender: str
    received: float
    size: int = 0
    body: bytes | Path | None = None
    icid: int = 0
    listener: str = ""
    traits: Traits = Traits.NONE
    ret: str = ""
    envid: str = ""
    subject: str = ""
    recipients: list[Recipient] = field(default_factory=list)
    client: str = ""
