"""SMTP replies as a client reads them, and what they mean for mail (RFC 5321 §4.2, RFC 2034, RFC 3463)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mailward.errors import Failed

LONGEST_LINE = 2_048  # octets; RFC 5321 §4.5.3.1.5 says 512, real servers exceed it
MOST_LINES = 256
_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")


class Stage(StrEnum):
    """Where in a session a reply came."""

    CONNECT = "connect"
    GREETING = "greeting"
    HELLO = "hello"
    TLS = "tls"
    MAIL = "mail"
    RECIPIENT = "rcpt"
    DATA = "data"
    BODY = "body"


class Verdict(StrEnum):
    """What a reply means for the mail it is about."""

    DONE = "done"
    SOFT = "soft"  # keep it, try again later
    HARD = "hard"  # bounce it
    NEXT_HOST = "next-host"  # says something about this host only: another one may take it now


class BadReply(Failed):
    """Octets that are no SMTP reply; the session cannot go on."""

    key = "delivery.bad-reply"
    sentence = "The server broke the protocol: {reason}"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply. `lines` are its texts without the code."""

    code: int
    lines: tuple[str, ...] = ("",)

    @property
    def text(self) -> str:
        """All lines in one, each enhanced code after the first left out."""
        first, *rest = self.lines
        return " ".join([first, *(_ENHANCED.sub("", line, count=1).strip() for line in rest)]).strip()

    @property
    def status(self) -> str:
        """The enhanced status code; where the server gave none (or one that contradicts), x.0.0."""
        match = _ENHANCED.match(self.lines[0])
        if match is not None and match[1] == str(self.code)[0]:
            return match[0]
        return f"{str(self.code)[0]}.0.0"

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


def local(status: str, reason: str) -> Reply:
    """A reply of our own, for what no server said: a timeout, a refused connection, a policy."""
    return Reply(500 if status.startswith("5") else 400, (f"{status} {reason}",))


class ReplyReader:
    """Cuts a stream of octets into replies; keeps what is not complete yet."""

    __slots__ = ("_buffer", "_code", "_lines")

    def __init__(self) -> None:
        self._buffer = b""
        self._code = 0
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that `data` completes. Raises `BadReply`."""
        *lines, rest = (self._buffer + data).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BadReply(reason=f"a line has more than {LONGEST_LINE} octets")
        self._buffer = rest
        replies = []
        for line in lines:
            reply = self._line(line.removesuffix(b"\r"))
            if reply is not None:
                replies.append(reply)
        return replies

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > LONGEST_LINE:
            raise BadReply(reason=f"{line[:60]!r} is no reply")
        code = int(match[1])
        if self._lines and code != self._code:
            raise BadReply(reason=f"one reply has the codes {self._code} and {code}")
        self._code = code
        self._lines.append((match[3] or b"").decode("utf-8", "replace"))
        if match[2] == b"-":
            if len(self._lines) >= MOST_LINES:
                raise BadReply(reason=f"a reply has more than {MOST_LINES} lines")
            return None
        reply = Reply(code, tuple(self._lines))
        self._lines = []
        return reply


def judge(stage: Stage, reply: Reply) -> Verdict:
    """What `reply` at `stage` means.

    A greeting or EHLO that fails, and 421 anywhere, speak about the host (RFC 5321 §3.8); 552 to RCPT is the
    old way to say "too many recipients" and means try the rest later (RFC 5321 §4.5.3.1.10).
    """
    kind = reply.code // 100
    if stage is Stage.RECIPIENT and reply.code == 552:
        return Verdict.SOFT
    if kind == 2 or (kind == 3 and stage is Stage.DATA):
        return Verdict.DONE
    if reply.code == 421 or stage in (Stage.CONNECT, Stage.GREETING, Stage.HELLO, Stage.TLS):
        return Verdict.NEXT_HOST
    return Verdict.HARD if kind == 5 else Verdict.SOFT
