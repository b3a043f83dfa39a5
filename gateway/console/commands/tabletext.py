"""A listener's table that the configuration keeps as text: reading it, changing it, showing it, IMPORT and EXPORT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateway.access.tokens import BadTable
from gateway.config import edit
from gateway.config.elements.listener import Listener
from gateway.console import exchange
from gateway.console.call import Call
from gateway.console.errors import Invalid
from gateway.console.handlers import Action, Operation
from gateway.console.questions import Answers

T = TypeVar("T")


@dataclass(frozen=True)
class TableText(Generic[T]):
    """Attributes:
    listener: its name.
    field: of the listener, where the text is.
    beside: of the listener, the list that has no say beside a text; what it said is in the table then.
    of: the listener's table, predefined if it has none of its own.
    read, spell: from text, raising BadTable, and to text.
    count: what an import tells of the table it took.
    """

    listener: str
    field: str
    beside: str
    of: Callable[[Listener], T]
    read: Callable[[str], T]
    spell: Callable[[T], str]
    count: Callable[[T], Mapping[str, int]]

    def table(self, call: Call) -> T:
        return self.of(edit.get(call.config, ("listeners", self.listener)))

    def store(self, call: Call, text: str) -> None:
        """Blank goes back to the predefined table."""
        change = {self.field: text, self.beside: []}
        call.change(edit.update(call.config, ("listeners", self.listener), **change))

    def put(self, call: Call, change: Callable[[T], T]) -> T:
        """Raises Invalid with what `change` complains of; nothing is kept then."""
        try:
            made = change(self.table(call))
            self.store(call, self.spell(made))
        except ValueError as error:
            raise Invalid(why=str(error)) from error
        return made

    def operations(self) -> tuple[Operation, ...]:
        """PRINT, IMPORT, EXPORT."""
        return (
            Operation("PRINT", "Display the table.", Action(self._print), changes=False),
            *exchange.operations("the table", lambda call: self.spell(self.table(call)), self._take),
        )

    def _print(self, call: Call, answers: Answers) -> Any:
        text = self.spell(self.table(call))
        call.say(text.rstrip("\n"))
        return {self.field: text}

    def _take(self, call: Call, text: str) -> Any:
        try:
            made = self.read(text)
        except BadTable as error:
            raise ValueError(str(error)) from error
        self.store(call, text)
        return dict(self.count(made))
