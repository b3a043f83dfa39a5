"""Lists of the configuration as the incumbent edits them: NEW, EDIT, DELETE, PRINT, MOVE, CLEAR.

    servers = Listing(
        ("dns", "servers"), "name server", "ip",
        (
            of_field(DnsServer, "ip", "Please enter the IP address of your DNS server."),
            of_field(DnsServer, "port", "Please enter the port."),
        ),
        element=DnsServer,
    )
    COMMAND = Menu(servers.show, *servers.operations())

A list of plain values has one question and no `element`. More operations may stand beside these; a change of one
entry that is more than answers to questions is a `Menu` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from gateway.config import edit
from gateway.config.types import Element
from gateway.console.call import Call
from gateway.console.errors import Invalid, NoneThere
from gateway.console.fields import clause
from gateway.console.handlers import Action, Operation
from gateway.console.questions import Answers, Choice, Number, Question, Text
from gateway.console.values import cell, plain


@dataclass(frozen=True, slots=True)
class Listing:
    """A list at `path`; `key` is the field that names an entry, `noun` what people call one.

    `ordered`: the order matters, so there is MOVE. `columns`: fields that are shown, all questions if empty.
    `finish` completes the answers before the element is made of them.
    """

    path: tuple[str, ...]
    noun: str
    key: str
    questions: tuple[Question, ...]
    element: type[Element] | None = None
    ordered: bool = False
    columns: tuple[str, ...] = ()
    finish: Callable[[Call, Answers, Any], Answers] | None = None
    plural: str = ""

    @property
    def _one(self) -> str:
        first = self.noun.split()[0]
        vowels = "AEFHILMNORSX" if first.isupper() else "aeioAEIO"  # an SMTP route, a DNS server
        return f"{'an' if first[0] in vowels else 'a'} {self.noun}"

    @property
    def _many(self) -> str:
        return self.plural or f"{self.noun}s"

    def entries(self, call: Call) -> list[Any]:
        found: list[Any] = edit.get(call.config, self.path)
        return list(found)

    def names(self, call: Call) -> list[str]:
        return [self._name(entry) for entry in self.entries(call)]

    def show(self, call: Call) -> Any:
        """The entries as a table; answers them for `--json`."""
        entries = self.entries(call)
        if not entries:
            call.say(f"There are no {self._many}.")
        elif self.element is None:
            call.table([""], [(f"{number}. {entry}",) for number, entry in enumerate(entries, 1)])
        else:
            names = self.columns or tuple(q.name for q in self.questions if not q.secret and not q.lines)
            rows = [
                (f"{number}.", *(cell(getattr(entry, name)) for name in names))
                for number, entry in enumerate(entries, 1)
            ]
            call.table(["", *(name.replace("_", " ") for name in names)], rows)
        return plain(entries)

    def operations(self, *, clear: bool = True) -> tuple[Operation, ...]:
        def some(call: Call) -> bool:
            return bool(self.entries(call))

        found = [
            Operation("NEW", f"Add a new {self.noun}.", Action(self._new, self.questions)),
            Operation(
                "EDIT",
                f"Modify {self._one}.",
                Action(self._edit, (self.chooser("edit"), *self._editing())),
                shown=some,
            ),
            Operation(
                "DELETE",
                f"Remove {self._one}.",
                Action(self._delete, (self.chooser("remove"),)),
                shown=some,
            ),
        ]
        if self.ordered:
            position = Question(
                "position",
                "Which number shall it have?",
                lambda call, _: Number(1, len(self.entries(call))),
            )
            found.append(
                Operation(
                    "MOVE",
                    f"Move {self._one} to another place in the list.",
                    Action(self._move, (self.chooser("move"), position)),
                    shown=lambda call: len(self.entries(call)) > 1,
                )
            )
        found.append(
            Operation(
                "PRINT", f"List all {self._many}.", Action(lambda call, _: self.show(call)), changes=False
            )
        )
        if clear:
            found.append(Operation("CLEAR", f"Remove all {self._many}.", Action(self._clear), shown=some))
        return tuple(found)

    def chooser(self, verb: str) -> Question:
        """Which entry: by number or name. The inline form takes the name, or ``which=…``."""

        def kind(call: Call, answers: Answers) -> Choice:
            entries = self.entries(call)
            if not entries:
                raise NoneThere(noun=self.noun, name="to choose", names="none")
            names = [self._name(entry) for entry in entries]
            return Choice([(name, name) for name in names], names.index)

        return Question("which", f"Enter the number or name of the {self.noun} you wish to {verb}.", kind)

    def put(self, call: Call, entries: Sequence[Any]) -> None:
        call.change(edit.put(call.config, self.path, list(entries)))

    def _name(self, entry: Any) -> str:
        return str(entry if self.element is None else getattr(entry, self.key))

    def _editing(self) -> tuple[Question, ...]:
        """The same questions, with the entry as it is for defaults."""

        def as_it_is(name: str) -> Callable[[Call, Answers], Any]:
            def default(call: Call, answers: Answers) -> Any:
                entry = self.entries(call)[answers["which"]]
                return entry if self.element is None else getattr(entry, name)

            return default

        return tuple(
            replace(question, default=as_it_is(question.name))
            for question in self.questions
            if not question.secret
        )

    def _made(self, call: Call, answers: Answers, old: Any) -> Any:
        if self.element is None:
            return answers[self.key]
        if self.finish is not None:
            answers = self.finish(call, answers, old)
        try:
            if old is not None:
                kept = {name: getattr(old, name) for name in type(old).model_fields}
                return self.element.model_validate({**kept, **answers})
            return self.element.model_validate(answers)
        except ValidationError as error:
            raise Invalid(why=clause(error)) from error

    def _new(self, call: Call, answers: Answers) -> Any:
        made = self._made(call, answers, None)
        self.put(call, [*self.entries(call), made])
        call.say(f"Added {self.noun} {self._name(made)}.")
        return plain(made)

    def _edit(self, call: Call, answers: Answers) -> Any:
        index = answers.pop("which")
        entries = self.entries(call)
        entries[index] = self._made(call, answers, entries[index])
        self.put(call, entries)
        call.say(f"Changed {self.noun} {self._name(entries[index])}.")
        return plain(entries[index])

    def _delete(self, call: Call, answers: Answers) -> Any:
        entries = self.entries(call)
        gone = entries.pop(answers["which"])
        self.put(call, entries)
        call.say(f"Removed {self.noun} {self._name(gone)}.")
        return {"removed": self._name(gone)}

    def _move(self, call: Call, answers: Answers) -> Any:
        entries = self.entries(call)
        moved = entries.pop(answers["which"])
        entries.insert(answers["position"] - 1, moved)
        self.put(call, entries)
        call.say(f"{self._name(moved)} is number {answers['position']} now.")
        return [self._name(entry) for entry in entries]

    def _clear(self, call: Call, answers: Answers) -> Any:
        count = len(self.entries(call))
        call.confirm(f"Are you sure you want to remove all {self._many}?")
        self.put(call, [])
        call.say(f"Removed {count} {self._many}.")
        return {"removed": count}


def plain_value(name: str, prompt: str, check: Callable[[str], Any] = str) -> Question:
    """The one question of a list of plain values."""
    return Question(name, prompt, Text(check))
