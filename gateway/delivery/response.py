"""What a server answered, or what we say in its place, and what it means for mail (RFC 5321 §4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")


class Stage(StrEnum):
    """Where in a session an answer came."""

    ROUTE = "route"
    CONNECT = "connect"
    GREETING = "greeting"
    HELLO = "hello"
    TLS = "tls"
    MAIL = "mail"
    RECIPIENT = "rcpt"
    DATA = "data"
    BODY = "body"


class Verdict(StrEnum):
    """What an answer means for the mail it is about."""

    DONE = "done"
    SOFT = "soft"  # keep it, try again later
    HARD = "hard"  # bounce it
    NEXT_HOST = "next-host"  # says something about this host only: another one may take it now


_OF_HOST = frozenset({Stage.CONNECT, Stage.GREETING, Stage.HELLO, Stage.TLS})


@dataclass(frozen=True, slots=True)
class Response:
    """A reply: code, enhanced status (empty if none was given), text of all lines, and where it came."""

    code: int
    enhanced: str
    text: str
    stage: Stage = Stage.BODY

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """Whether the mail bounces."""
        return self.verdict is Verdict.HARD

    @property
    def verdict(self) -> Verdict:
        """A greeting or EHLO that fails, and 421 anywhere, speak about the host (RFC 5321 §3.8, §4.2.4.2).

        552 to RCPT is the old way to say "too many recipients": later (RFC 5321 §4.5.3.1.10).
        """
        if self.ok:
            return Verdict.DONE
        if self.code == 421 or self.stage in _OF_HOST:
            return Verdict.NEXT_HOST
        if self.code < 500 or (self.code == 552 and self.stage is Stage.RECIPIENT):
            return Verdict.SOFT
        return Verdict.HARD

    @property
    def status(self) -> str:
        """The enhanced status, made up from the code where the server gave none."""
        return self.enhanced or f"{self.code // 100}.0.0"

    def __str__(self) -> str:
        """As the mail log has it: ``2.0.0 Ok: queued``."""
        return f"{self.status} {self.text}" if self.text else self.status


def from_lines(code: int, lines: list[str]) -> Response:
    """A response of one or several lines, the enhanced status taken out of each."""
    found = _ENHANCED.match(lines[0]) if lines else None
    if found is None or found[1][0] != str(code)[0]:
        return Response(code, "", " ".join(lines).strip())
    prefix = found[1] + " "
    return Response(code, found[1], " ".join(line.removeprefix(prefix).strip() for line in lines).strip())
