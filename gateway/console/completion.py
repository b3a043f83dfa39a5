"""What Tab offers: commands, operations, names of questions, and values to choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from gateway.console.errors import BadLine
from gateway.console.roles import Right
from gateway.console.table import commands, find, load
from gateway.console.words import split
from mailward.errors import MailwardError


def candidates(line: str, rights: Sequence[Right]) -> tuple[str, list[str]]:
    """The word being typed at the end of the line, and what it may become."""
    try:
        words = split(line)
    except BadLine:
        return "", []
    typing = "" if not line or line[-1].isspace() else words.pop()
    if not words:
        known = [name for name, entry in commands().items() if entry.right in rights]
    else:
        try:
            entry = find(words[0], rights)
        except MailwardError:
            return typing, []
        if entry.right not in rights:
            return typing, []
        known = list(load(entry.place).complete(words[1:]))
    return typing, [name for name in known if name.lower().startswith(typing.lower())]


class CommandCompleter(Completer):
    """For the prompt."""

    def __init__(self, rights: Sequence[Right]) -> None:
        self._rights = rights

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typing, found = candidates(document.text_before_cursor, self._rights)
        for name in found:
            end = "" if name.endswith("=") else " "
            yield Completion(name + end, start_position=-len(typing), display=name)


class ValueCompleter(Completer):
    """For a question with values to choose."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typing = document.text_before_cursor
        for value in self._values:
            if value.lower().startswith(typing.lower()):
                yield Completion(value, start_position=-len(typing))
