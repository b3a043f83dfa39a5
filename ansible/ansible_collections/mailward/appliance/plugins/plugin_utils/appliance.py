"""One appliance, driven by its batch console. Knows how to ask and what an answer is, and nothing about mail.

The transport is handed in: a function that takes one console line and gives back what the command said. Over SSH that
is `ssh admin@HOST LINE`, whose login shell is the console. Free of Ansible, so it can be tested and used alone.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

LINE_LIMIT = 64 << 10  # characters; the console takes no longer line


class Status(IntEnum):
    """Exit statuses of the batch console (docs/console.md)."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    REJECTED = 3


KINDS = {Status.FAILED: "failed", Status.BAD_INPUT: "bad-input", Status.REJECTED: "rejected"}


class Unreachable(Exception):
    """The transport could not ask, or the line broke before the answer was there."""


class Refused(Exception):
    """The console said no, or what it said is no answer. `document` is as the console printed it."""

    def __init__(self, words: Sequence[str], status: int, document: dict[str, Any]) -> None:
        super().__init__(str(document.get("message") or ""))
        self.words = tuple(words)
        self.status = status
        self.document = document

    @property
    def key(self) -> str:
        return str(self.document.get("error", ""))

    def result(self) -> dict[str, Any]:
        """As Ansible shows a task that failed."""
        remedy = str(self.document.get("remedy") or "")
        return {
            "failed": True,
            "msg": f"{self}. {remedy}".rstrip(". ") + ".",
            "kind": KINDS.get(Status(self.status), "failed") if self.status in set(Status) else "failed",
            "rc": self.status,
            "error": self.key,
            "remedy": remedy,
            "fields": self.document.get("fields") or {},
        }


@dataclass(frozen=True, slots=True)
class Said:
    """What a command line came back with."""

    status: int
    out: str
    err: str = ""


Transport = Callable[[str], Said]


class Appliance:
    """Asks one appliance. `ask` is one batch call; `reconnect` drops a connection that outlived its appliance."""

    def __init__(self, transport: Transport, reconnect: Callable[[], None] = lambda: None) -> None:
        self._transport = transport
        self.reconnect = reconnect

    def ask(self, *words: str) -> Any:
        """The document a command prints with `--json`. Raises Refused, Unreachable."""
        line = shlex.join([*words, "--json"])
        if len(line) > LINE_LIMIT:
            raise _unusable(
                words,
                "fleet.line",
                f"the command line would have {len(line):,} characters, and the console takes {LINE_LIMIT:,}",
                "Put the configuration into /configuration on the appliance and name it with `file`",
            )
        said = self._transport(line)
        document = _document(words, said)
        if said.status != Status.DONE:
            raise Refused(words, said.status, document)
        return document


def _document(words: Sequence[str], said: Said) -> Any:
    try:
        document = json.loads(said.out)
    except ValueError as error:
        shown = (said.out + said.err).strip()[-500:] or "nothing"
        raise _unusable(
            words,
            "fleet.no-answer",
            f"`{' '.join(words)[:80]}` gave no JSON but: {shown}",
            "See that the user's login shell is the console of an appliance",
            said.status,
        ) from error
    if said.status != Status.DONE and not isinstance(document, dict):
        return {"message": f"exit status {said.status}", "fields": {"said": document}}
    return document


def _unusable(words: Sequence[str], key: str, message: str, remedy: str, status: int = 1) -> Refused:
    document = {"error": key, "message": message, "remedy": remedy, "fields": {}}
    return Refused(words, status or Status.FAILED, document)
