"""A BMC that is a table: for codecs, refusals, silence and nonsense, without a process."""

from __future__ import annotations

from collections.abc import Callable

from hwmgmt.ipmi.bmc import NoAnswer, refused
from hwmgmt.reading import Reason

# An answer: bytes, a completion code, an error, or a function of the request's data.
Answer = bytes | int | NoAnswer | Callable[[bytes], "bytes | int | NoAnswer"]
SILENCE = NoAnswer(Reason.TIMEOUT, "no answer")


class FakeBmc:
    """Answers from `answers`, by (netfn, command) or (netfn, command, data); all else is C1h."""

    def __init__(self, answers: dict[tuple[int, int] | tuple[int, int, bytes], Answer]) -> None:
        self._answers = answers
        self.asked: list[tuple[int, int, bytes]] = []

    def ask(self, netfn: int, command: int, data: bytes = b"", *, lun: int = 0) -> bytes:
        self.asked.append((netfn, command, data))
        answer = self._answers.get((netfn, command, data), self._answers.get((netfn, command), 0xC1))
        if callable(answer):
            answer = answer(data)
        if isinstance(answer, NoAnswer):
            raise answer
        if isinstance(answer, int):
            raise refused(answer)
        return answer

    def sent(self, netfn: int, command: int) -> list[bytes]:
        """Data of the requests of that kind, in order."""
        return [data for asked_netfn, asked, data in self.asked if (asked_netfn, asked) == (netfn, command)]
