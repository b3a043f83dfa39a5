"""The exception tree.

An error carries a *key* (stable, for machines), *fields* (what it is about) and two templates: the sentence
that says what happened and the remedy that says what to do. Code deep down raises with fields; the edge
(console, REST, command line) renders. `Rejected` is policy saying no; `Failed` is something breaking: an
administrator treats them differently, so they never share a class.

Each floor derives its own errors from the two branches, next to the code that raises them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar


class ExitStatus(IntEnum):
    """Exit statuses of every `mailward` command."""

    OK = 0
    FAILED = 1  # something broke
    USAGE = 2  # the call's words are off, or an input file is
    REJECTED = 3  # policy said no; nothing was changed
    INTERRUPTED = 130


class MailwardError(Exception):
    """Root of the tree. Derive from `Failed` or `Rejected`, never from this.

    Class attributes of a leaf:
        key: stable dotted name, e.g. ``image.disk-space``.
        sentence: `str.format` template over the fields; one sentence, no trailing period.
        remedy: template of what to do about it; may be empty when there is nothing to do.
    """

    key: ClassVar[str] = "error"
    sentence: ClassVar[str] = "{what}"
    remedy: ClassVar[str] = ""
    exit_status: ClassVar[ExitStatus] = ExitStatus.FAILED

    def __init__(self, **fields: Any) -> None:
        super().__init__(fields)
        self.fields: dict[str, Any] = fields

    def __str__(self) -> str:
        return self.sentence.format_map(self.fields)

    def hint(self) -> str:
        """The remedy with the fields filled in; empty if there is none."""
        return self.remedy.format_map(self.fields)

    def explain(self) -> str:
        """This sentence and, after colons, those of the errors of ours that caused it.

        Each layer adds its noun: "Cannot build image: cannot fetch packages: no route to mirror".
        """
        parts = [str(self)]
        cause = self.__cause__
        while isinstance(cause, MailwardError):
            parts.append(str(cause))
            cause = cause.__cause__
        return ": ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """What `--json` prints on standard output when the command ends with this error."""
        return {
            "error": self.key,
            "message": self.explain(),
            "remedy": self.hint(),
            "fields": {name: _plain(value) for name, value in self.fields.items()},
        }


class Failed(MailwardError):
    """Something broke: a device, a file, a peer, a program."""

    key = "failed"


class Rejected(MailwardError):
    """Policy said no. Nothing was changed."""

    key = "rejected"
    exit_status = ExitStatus.REJECTED


class BadInput(Rejected):
    """An input (file, option, message) is not acceptable. It is refused whole."""

    key = "bad-input"
    exit_status = ExitStatus.USAGE


def _plain(value: Any) -> Any:
    """A field as JSON can carry it."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value)
