"""One call of a command: who calls, with which words, on what; and how it asks and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.console.errors import NotPermitted
from gateway.console.identity import Identity
from gateway.console.interview import Interview
from gateway.console.questions import Answers, Question
from gateway.console.roles import Right, may
from mailward.errors import MailwardError
from mailward.output import sentence

if TYPE_CHECKING:
    from gateway.config.candidates import Candidate
    from gateway.config.model import Config
    from gateway.console.desk import Desk


def counted(count: int, noun: str) -> str:
    """``1 message``, ``2 messages``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass
class Call:
    """What a handler is given. It says things for people and returns a value for `--json`.

    Attributes:
        command: the command's name, for messages.
        out: takes text for people; with `--json` it swallows it.
    """

    command: str
    who: Identity
    interview: Interview
    desk: Desk
    out: Callable[[str], None]
    as_json: bool = False
    _since: Candidate | None = None

    @property
    def interactive(self) -> bool:
        return self.interview.interactive

    def say(self, text: str = "") -> None:
        """A line for people."""
        self.out(text + "\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
        """A table in plain columns, which every terminal can show."""
        cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
        lines = [*([list(columns)] if any(columns) else []), *cells]
        if title:
            self.say(title)
        widths = [max(len(line[i]) for line in lines) for i in range(len(columns))] if lines else []
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  ".join(padded).rstrip())

    def tell(self, error: MailwardError) -> None:
        """An error and what to do about it, as a person reads it."""
        for text in (error.explain(), error.hint()):
            if text:
                self.say(sentence(text))

    def ask(self, question: Question, answers: Answers | None = None) -> Any:
        return self.interview.ask(self, question, answers)

    def ask_all(self, questions: Iterable[Question]) -> Answers:
        """The answers to all that are to be asked; words nobody asked for are refused."""
        asked = tuple(questions)
        self.interview.begin(asked)
        answers: Answers = {}
        for question in asked:
            if question.wanted(self, answers):
                answers[question.name] = self.ask(question, answers)
        self.interview.finish(asked)
        return answers

    def confirm(self, prompt: str, *, default: bool = False) -> None:
        """Raises NotConfirmed unless somebody says yes; in a batch call that is ``--yes``."""
        self.interview.confirm(self, prompt, default=default)

    def may(self, right: Right) -> bool:
        return may(self.who.role, right)

    def need(self, right: Right, what: str = "") -> None:
        """Raises NotPermitted."""
        if not self.may(right):
            raise NotPermitted(what=what or self.command, role=self.who.role)

    @property
    def config(self) -> Config:
        """The configuration with this user's uncommitted changes."""
        self._since = self.desk.store.candidate(self.who.name)
        return self._since.config

    def change(self, config: Config) -> None:
        """Keep a changed configuration as this user's candidate; `commit` makes it the running one."""
        self.need(Right.CONFIGURE)
        self.desk.store.edit(self.who.name, config, since=self._since)
