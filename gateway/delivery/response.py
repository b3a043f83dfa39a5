"""What a server answered, or what we say in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")


@dataclass(frozen=True, slots=True)
class Response:
    """A reply: code (RFC 5321 §4.2), enhanced status (RFC 3463; empty if none was given), text of all
    lines.
    """

    code: int
    enhanced: str
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        return self.code >= 500

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
    if found is None:
        return Response(code, "", " ".join(lines))
    prefix = found[1] + " "
    return Response(code, found[1], " ".join(line.removeprefix(prefix).strip() for line in lines).strip())
