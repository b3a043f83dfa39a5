"""An element of the configuration asked for child by child: what stands is the default of each question.

SETUP = Settings(("time",), (of_field(Time, "ntp", "Follow time servers?"),)).action("Set the clock's servers.")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway.config import edit
from gateway.config.types import Element
from gateway.console.call import Call
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Question
from gateway.console.values import cell, plain


@dataclass(frozen=True, slots=True)
class Settings:
    """Some children of the element at `path` (empty: of the whole)."""

    path: tuple[str, ...]
    questions: tuple[Question, ...]

    def action(self, text: str = "") -> Action:
        return Action(self._change, tuple(self._as_it_is(question) for question in self.questions), text)

    def show(self, call: Call) -> Any:
        """Each child with its value; answers them for `--json`."""
        values = {question.name: getattr(self._element(call), question.name) for question in self.questions}
        call.table(
            ["", ""],
            [(f"{name.replace('_', ' ')}:", cell(value, "not set")) for name, value in values.items()],
        )
        return {name: plain(value) for name, value in values.items()}

    def _element(self, call: Call) -> Element:
        config = call.config
        found: Element = edit.get(config, self.path) if self.path else config
        return found

    def _as_it_is(self, question: Question) -> Question:
        def default(call: Call, answers: Answers) -> Any:
            return getattr(self._element(call), question.name)

        return replace(question, default=default)

    def _change(self, call: Call, answers: Answers) -> Any:
        call.change(edit.update(call.config, self.path, **answers))
        return {name: plain(value) for name, value in answers.items()}


def setting(path: tuple[str, ...], question: Question, said: Callable[[Any], str] | None = None) -> Action:
    """A command that sets one value, as `sethostname` does."""
    inner = Settings(path, (question,)).action()

    def change(call: Call, answers: Answers) -> Any:
        result = inner.do(call, answers)
        if said is not None:
            call.say(said(answers[question.name]))
        return result

    return Action(change, inner.questions)
