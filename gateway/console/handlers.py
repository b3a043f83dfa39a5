"""What a command does: an `Action` asks its questions and runs, a `Menu` offers operations.

    COMMAND = Action(run, (Question("name", "Please enter the name."),))

    COMMAND = Menu(
        show,
        Operation("NEW", "Create a new entry.", Action(...)),
        Operation("PRINT", "List all entries.", Action(...), changes=False),
    )

The same declaration makes the dialogue on the console, the inline form (``dnsconfig new ip=192.0.2.53``), the batch
call (``mailward dnsconfig new --ip 192.0.2.53``), help and completion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.console.call import Call
from gateway.console.errors import Ambiguous, NoOperation, UnknownOperation
from gateway.console.questions import Answers, Question, usage
from gateway.console.roles import Right
from gateway.console.words import resolve
from mailward.errors import MailwardError


class Handler(Protocol):
    """What the console runs and explains."""

    def run(self, call: Call) -> Any:
        """Do it; the answer is what `--json` prints. Raises MailwardError."""
        ...

    def usage(self) -> Sequence[tuple[str, str]]:
        """Lines of help: the words, and what they do."""
        ...

    def complete(self, words: Sequence[str]) -> Sequence[str]:
        """What may stand behind these words."""
        ...


@dataclass(frozen=True, slots=True)
class Action:
    """Asks, then runs. `text` is for help; `before` looks whether it may be, before anything is asked."""

    do: Callable[[Call, Answers], Any]
    questions: tuple[Question, ...] = ()
    text: str = ""
    before: Callable[[Call], None] | None = None

    def run(self, call: Call) -> Any:
        if self.before is not None:
            self.before(call)
        return self.do(call, call.ask_all(self.questions))

    def usage(self) -> Sequence[tuple[str, str]]:
        words = usage(self.questions)
        return ((words, self.text),) if words or self.text else ()

    def complete(self, words: Sequence[str]) -> Sequence[str]:
        position = len(words)
        found = [f"{question.name}=" for question in self.questions if not question.secret]
        if position < len(self.questions) and not callable(kind := self.questions[position].kind):
            found = [value for value, _ in kind.options()] + found
        return found


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a menu. `changes`: it alters something, so who lacks `right` does not see it.
    `shown`: offered only if this holds.
    """

    name: str
    summary: str
    handler: Handler
    changes: bool = True
    shown: Callable[[Call], bool] | None = None
    right: Right = Right.CONFIGURE


class Menu:
    """Operations to choose among, again and again until a blank line. `show` says how things are before each.

    Without words a batch call gets what `show` returns, for `--json`.
    """

    def __init__(self, show: Callable[[Call], Any] | None, *operations: Operation) -> None:
        self.show = show
        self.operations = operations

    def offered(self, call: Call) -> list[Operation]:
        return [
            operation
            for operation in self.operations
            if (not operation.changes or call.may(operation.right))
            and (operation.shown is None or operation.shown(call))
        ]

    def run(self, call: Call) -> Any:
        if (word := call.interview.next()) is not None:
            return self._once(call, word)
        if not call.interactive:
            if self.show is None:
                raise NoOperation(command=call.command, names=_names(self.offered(call)))
            return self.show(call)
        result: Any = None
        while True:
            if self.show is not None:
                self.show(call)
            offered = self.offered(call)
            call.say("\nChoose the operation you want to perform:")
            for operation in offered:
                call.say(f"- {operation.name} - {operation.summary}")
            word = call.interview.operation([operation.name for operation in offered])
            if not word:
                return result
            try:
                handler = self.find(call, word, offered).handler
                result = handler.run(call)
            except MailwardError as error:
                call.tell(error)
                continue
            if not isinstance(handler, Menu):
                call.say()

    def _once(self, call: Call, word: str) -> Any:
        operation = self.find(call, word, self.operations)
        if operation.changes:
            call.need(operation.right, f"{call.command} {operation.name.lower()}")
        if operation not in self.offered(call):
            raise UnknownOperation(command=call.command, word=word, names=_names(self.offered(call)))
        return operation.handler.run(call)

    def find(self, call: Call, word: str, operations: Sequence[Operation]) -> Operation:
        """The operation a word stands for. Raises Ambiguous, UnknownOperation."""
        found = resolve(word, [operation.name for operation in operations])
        if len(found) > 1:
            raise Ambiguous(word=word, names=" or ".join(found))
        if not found:
            raise UnknownOperation(command=call.command, word=word, names=_names(operations))
        return next(operation for operation in operations if operation.name == found[0])

    def usage(self) -> Sequence[tuple[str, str]]:
        lines: list[tuple[str, str]] = []
        for operation in self.operations:
            inner = operation.handler.usage() or [("", "")]
            for words, text in inner:
                lines.append((f"{operation.name.lower()} {words}".rstrip(), text or operation.summary))
        return lines

    def complete(self, words: Sequence[str]) -> Sequence[str]:
        if not words:
            return [operation.name.lower() for operation in self.operations]
        found = resolve(words[0], [operation.name for operation in self.operations])
        if len(found) != 1:
            return ()
        operation = next(o for o in self.operations if o.name == found[0])
        return operation.handler.complete(words[1:])


def _names(operations: Sequence[Operation]) -> str:
    return ", ".join(operation.name.lower() for operation in operations)
