"""What goes over the wire to a server: command lines, content, and the replies that come back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.delivery.response import Response, Stage, from_lines
from gateway.queue.message import Message, Recipient, Traits
from mailward.errors import Failed

REPLY_LIMIT = 64 << 10  # octets of one reply line
MOST_LINES = 1_000  # of one reply
BLOCK = 256 << 10  # octets of a body file read at once


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """Seconds to wait for the server (RFC 5321 §4.5.3.2)."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    final: float = 600
    idle: float = 5


@dataclass(slots=True)
class Job:
    """One message for one destination: some or all of its recipients, and the body."""

    message: Message
    recipients: list[Recipient]
    body: bytes | Path
    retries: int = 0

    @property
    def held(self) -> int:
        """Octets of content in memory."""
        return len(self.body) if isinstance(self.body, bytes) else 0


@dataclass(slots=True)
class Transaction:
    """A job on its way: what the server said to MAIL and to each RCPT so far."""

    job: Job
    responses: list[Response | None]
    mail: Response | None = None
    accepted: int = 0
    content: bool = False


@dataclass(slots=True)
class Step:
    """A command and who takes its reply. `barrier`: nothing may be sent behind it (RFC 2920 §3.1)."""

    line: bytes
    took: Callable[[Response], None]
    seconds: float
    stage: Stage
    barrier: bool = field(default=False)


class BadReply(Failed):
    """Octets that are no SMTP reply; the session cannot go on."""

    key = "delivery.bad-reply"
    sentence = "The server broke the protocol: {reason}"


class ReplyReader:
    """Cuts a stream of octets into replies (RFC 5321 §4.2.1); keeps what is not complete yet."""

    __slots__ = ("_buffer", "_lines", "lines")

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[str] = []
        self.lines: list[str] = []  # of the last complete reply

    def feed(self, data: bytes) -> list[tuple[Response, list[str]]]:
        """The replies that `data` completes, each with its lines. Raises `BadReply`."""
        if self._buffer:
            data = self._buffer + data
        *whole, rest = data.split(b"\n")
        if len(rest) > REPLY_LIMIT:
            raise BadReply(reason="reply too long")
        self._buffer = rest
        replies = []
        for line in whole:
            code, mark = line[:3], line[3:4]
            if not code.isdigit() or mark not in (b" ", b"-", b"", b"\r") or not b"2" <= code < b"6":
                raise BadReply(reason=f"{line[:60]!r} is no reply")
            self._lines.append(line[4:].rstrip(b"\r").decode("utf-8", "replace"))
            if mark == b"-":
                if len(self._lines) >= MOST_LINES:
                    raise BadReply(reason="reply too long")
                continue
            lines, self._lines = self._lines, []
            replies.append((from_lines(int(code), lines), lines))
        return replies

    def clear(self) -> None:
        """Forget what came: after STARTTLS it is not part of the session (RFC 3207 §6)."""
        self._buffer = b""
        self._lines = []


def mail_line(message: Message, features: dict[str, str]) -> bytes:
    """MAIL with the parameters the server knows."""
    words = [f"MAIL FROM:<{message.sender}>"]
    if "SIZE" in features:
        words.append(f"SIZE={message.size}")
    if message.traits & Traits.EIGHT_BIT and "8BITMIME" in features:
        words.append("BODY=8BITMIME")
    if message.traits & Traits.SMTPUTF8:
        words.append("SMTPUTF8")
    if "DSN" in features:
        if message.ret:
            words.append(f"RET={message.ret}")
        if message.envid:
            words.append(f"ENVID={message.envid}")
    return (" ".join(words) + "\r\n").encode()


def rcpt_line(recipient: Recipient, *, dsn: bool) -> bytes:
    """RCPT, with the DSN parameters if the server knows them (RFC 3461 §5.2.1)."""
    line = f"RCPT TO:<{recipient.address}>"
    if dsn and recipient.notify:
        line += f" NOTIFY={recipient.notify}"
    if dsn and recipient.orcpt:
        line += f" ORCPT={recipient.orcpt}"
    return (line + "\r\n").encode()


def stuffed(body: bytes, *, dotted: bool) -> bytes:
    """Content for DATA with its end mark (RFC 5321 §4.5.2)."""
    if dotted:
        body = body.replace(b"\r\n.", b"\r\n..")
        if body.startswith(b"."):
            body = b"." + body
    return body + (b".\r\n" if body.endswith(b"\r\n") or not body else b"\r\n.\r\n")


class FileStream:
    """A body file as wire octets: dot-stuffed if needed, with the end mark. Raises OSError."""

    def __init__(self, path: Path, *, dotted: bool) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._dotted = dotted
        self._tail = b"\r\n"
        self._ended = False
        self.paused = False

    def read(self) -> bytes:
        """The next block; empty at the end."""
        if self._ended:
            return b""
        block = os.read(self._fd, BLOCK)
        if not block:
            self._ended = True
            return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"
        if not self._dotted:
            self._tail = (self._tail + block[-2:])[-2:]
            return block
        # A line may begin right at the border: look at it together with the two octets before.
        whole = self._tail + block
        self._tail = whole[-2:]
        return whole.replace(b"\r\n.", b"\r\n..")[2:]

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
