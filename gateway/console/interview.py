"""Answers to questions: from the words of the line first, then from whoever sits at the terminal.

In a batch call there is nobody to ask: what has a default takes it, and what has none is an error that names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from gateway.console.errors import BadAnswer, MissingAnswer, NotConfirmed, TooManyWords
from gateway.console.questions import NOTHING, Answers, Kind, Many, Question, YesNo, usage
from mailward.output import sentence

if TYPE_CHECKING:
    from gateway.console.call import Call


class Terminal(Protocol):
    """A person: a line typed after a prompt, and text shown. `read` raises KeyboardInterrupt to leave a dialogue."""

    def read(self, prompt: str, *, secret: bool = False, choices: Sequence[str] = ()) -> str: ...

    def write(self, text: str) -> None: ...


CONFIRM = Question("yes", "Are you sure?", YesNo(), False)


class Interview:
    """Words that are still to be used, and the terminal. `secrets` reads one secret where there is none."""

    def __init__(self, words: Sequence[str], terminal: Terminal | None, secrets: Any = None) -> None:
        self._words = list(words)
        self._named: dict[str, str] = {}
        self._terminal = terminal
        self._secrets = secrets
        self._inline = False

    @property
    def interactive(self) -> bool:
        return self._terminal is not None

    @property
    def words(self) -> Sequence[str]:
        return tuple(self._words)

    def next(self) -> str | None:
        """The next word that names nothing, used up; None if there is none."""
        return self._words.pop(0) if self._words else None

    def begin(self, questions: Sequence[Question]) -> None:
        """Look at the words for these questions. Where there are some, only what has no default is asked."""
        self._inline = bool(self._words)
        self._name(questions)

    def _name(self, questions: Sequence[Question]) -> None:
        """Set aside the words that say which of the questions they answer: ``port=53``, ``--port 53``, ``--yes``."""
        known = {question.name: question for question in (*questions, CONFIRM) if not question.secret}
        rest: list[str] = []
        words = iter(self._words)
        for word in words:
            dashed = word.startswith("--")
            name, equals, value = word.removeprefix("--").partition("=")
            name = name.replace("-", "_")
            if name not in known or not (equals or dashed):
                rest.append(word)
            elif equals:
                self._named[name] = value
            elif isinstance(known[name].kind, YesNo):
                self._named[name] = "yes"
            else:
                value = next(words, "")
                self._named[name] = value
        self._words = rest

    def operation(self, names: Sequence[str]) -> str:
        """What a person types below a menu; blank to leave it."""
        assert self._terminal is not None, "a batch call names its operation"
        return self._terminal.read("[]> ", choices=names).strip()

    def finish(self, questions: Sequence[Question] = ()) -> None:
        """Raises TooManyWords if a word was not used."""
        unused = [*self._words, *(name for name in self._named if name != CONFIRM.name)]
        if unused:
            words = usage(questions)
            raise TooManyWords(
                word=unused[0], usage=f"What it takes: {words}" if words else "It takes no words here"
            )

    def ask(self, call: Call, question: Question, answers: Answers | None = None) -> Any:
        """The value. Raises BadAnswer and MissingAnswer; at a terminal it asks until the answer is good."""
        answers = answers if answers is not None else {}
        kind = question.kind_for(call, answers)
        default = question.default_for(call, answers)
        if not question.secret and (given := self._given(question)) is not None:
            try:
                return kind.parse(given)
            except ValueError as error:
                raise BadAnswer(name=question.name, why=str(error)) from error
        skipped = self._inline and default is not NOTHING and question.name != CONFIRM.name
        if self._terminal is not None and question.asked and not skipped:
            if question.secret:
                return self._secret(self._terminal, question, kind)
            return self._at_terminal(self._terminal, question, kind, default)
        if question.secret and self._secrets is not None:
            return self._from_input(question, kind)
        if default is NOTHING:
            raise MissingAnswer(name=question.name, prompt=question.prompt)
        return default

    def confirm(self, call: Call, prompt: str, *, default: bool = False) -> None:
        """Raises NotConfirmed unless somebody says yes."""
        if not self.ask(call, replace(CONFIRM, prompt=prompt, default=default)):
            raise NotConfirmed(prompt=prompt)

    def _given(self, question: Question) -> str | None:
        if question.name in self._named:
            return self._named.pop(question.name)
        self._name([question])  # questions that come up on the way
        if question.name in self._named:
            return self._named.pop(question.name)
        if question.name == CONFIRM.name or not self._words:
            return None
        if question.rest:
            words, self._words = self._words, []
            return ",".join(words) if isinstance(question.kind, Many) else " ".join(words)
        return self._words.pop(0)

    def _from_input(self, question: Question, kind: Kind) -> Any:
        line = self._secrets()
        try:
            return kind.parse(line)
        except ValueError as error:
            raise BadAnswer(name=question.name, why=str(error)) from error

    def _at_terminal(self, terminal: Terminal, question: Question, kind: Kind, default: Any) -> Any:
        options = kind.options()
        while True:
            shown = "" if default is NOTHING else kind.spell(default)
            if options:
                terminal.write(question.prompt + "\n")
                for number, (_, line) in enumerate(options, 1):
                    terminal.write(f"{number}. {line}\n")
                prompt = f"[{shown}]> "
            elif isinstance(kind, YesNo):
                prompt = f"{question.prompt} [{shown}]> "
            else:
                terminal.write(question.prompt + "\n")
                prompt = f"[{shown}]> "
            if question.lines:
                typed = _paste(terminal)
            else:
                typed = terminal.read(prompt, choices=[value for value, _ in options]).strip()
            if not typed and default is not NOTHING:
                return default
            try:
                return kind.parse(typed)
            except ValueError as error:
                terminal.write(_complaint(error))

    def _secret(self, terminal: Terminal, question: Question, kind: Kind) -> Any:
        while True:
            first = terminal.read(f"{question.prompt}\n> ", secret=True)
            try:
                value = kind.parse(first)
            except ValueError as error:
                terminal.write(_complaint(error))
                continue
            if terminal.read("Please enter it again.\n> ", secret=True) == first:
                return value
            terminal.write("The two are not the same.\n")


def _paste(terminal: Terminal) -> str:
    terminal.write("Enter or paste the text; end with a line that has only a dot.\n")
    lines: list[str] = []
    while (line := terminal.read("")) != ".":
        lines.append(line)
    return "\n".join(lines)


def _complaint(error: ValueError) -> str:
    text = str(error)
    return sentence(text[:1].upper() + text[1:]) + "\n"
