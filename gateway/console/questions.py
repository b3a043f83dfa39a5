"""What a dialogue asks: a name, a sentence, the kind of the answer, a default.

The name is what an inline form calls it (``dnsconfig new ip=192.0.2.53``), and for what is stored it is the name of
the element in the configuration, whose limits the answer is held to (`of_field`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from gateway.console.call import Call

Answers = dict[str, Any]


class _Nothing:
    """No default: the question has to be answered."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()


class Kind(Protocol):
    """How an answer is read and written. `parse` raises ValueError with one clause that says what is allowed."""

    def parse(self, text: str) -> Any: ...

    def spell(self, value: Any) -> str: ...

    def options(self) -> Sequence[tuple[str, str]]:
        """Values to choose among, each with its line in the numbered list; empty for free text."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Free text. `check` returns the value or raises ValueError; blank is refused unless `blank`."""

    check: Callable[[str], Any] = str
    blank: bool = False

    def parse(self, text: str) -> Any:
        if not text and not self.blank:
            raise ValueError("the value cannot be blank")
        return self.check(text)

    def spell(self, value: Any) -> str:
        return "" if value is None else str(value)

    def options(self) -> Sequence[tuple[str, str]]:
        return ()


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number between two bounds, both included."""

    least: int = 0
    most: int = 1 << 63

    def parse(self, text: str) -> int:
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 20:
            raise ValueError("must be a whole number")
        value = int(text)
        if not self.least <= value <= self.most:
            raise ValueError(f"must be {self.least} to {self.most}")
        return value

    def spell(self, value: Any) -> str:
        return str(value)

    def options(self) -> Sequence[tuple[str, str]]:
        return ()


_YES_NO = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class YesNo:
    """Y or N."""

    def parse(self, text: str) -> bool:
        if text.lower() not in _YES_NO:
            raise ValueError("must be Y or N")
        return _YES_NO[text.lower()]

    def spell(self, value: Any) -> str:
        return "Y" if value else "N"

    def options(self) -> Sequence[tuple[str, str]]:
        return ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, shown as a numbered list. `choices` are (value as typed, its line); `read` makes the value
    of what was typed.
    """

    choices: Sequence[tuple[str, str]]
    read: Callable[[str], Any] = str

    def parse(self, text: str) -> Any:
        for value, _ in self.choices:
            if text.lower() == value.lower():
                return self.read(value)
        if text.isdigit() and 1 <= int(text) <= len(self.choices):
            return self.read(self.choices[int(text) - 1][0])
        raise ValueError(
            "there is nothing to choose from"
            if not self.choices
            else f"must be a number from 1 to {len(self.choices)}, or {', '.join(v for v, _ in self.choices)}"
        )

    def spell(self, value: Any) -> str:
        typed = str(getattr(value, "value", value))
        for number, (known, _) in enumerate(self.choices, 1):
            if known == typed:
                return str(number)
        return typed

    def options(self) -> Sequence[tuple[str, str]]:
        return self.choices


@dataclass(frozen=True, slots=True)
class Many:
    """Several, separated by commas; `none` is none. In a numbered list `*` is all of them."""

    each: Kind
    least: int = 0

    def parse(self, text: str) -> list[Any]:
        known = [value.lower() for value, _ in self.each.options()]
        empty = text.lower() == "none" and "none" not in known
        parts = [] if empty else [part.strip() for part in text.split(",") if part.strip()]
        if parts == ["*"] and self.each.options():
            parts = [value for value, _ in self.each.options()]
        if len(parts) < self.least:
            raise ValueError(f"needs {self.least} or more, separated by commas")
        return [self.each.parse(part) for part in parts]

    def spell(self, value: Any) -> str:
        return ", ".join(self.each.spell(item) for item in value or ())

    def options(self) -> Sequence[tuple[str, str]]:
        return self.each.options()


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be absent: a blank answer, `default` or `none` leaves it out, unless it is one of the values."""

    inner: Kind
    absent: Any = None

    def parse(self, text: str) -> Any:
        values = [value.lower() for value, _ in self.inner.options()]
        absent = text.lower() in ("", "none", "default") and text.lower() not in values
        return self.absent if absent else self.inner.parse(text)

    def spell(self, value: Any) -> str:
        return "" if value is None or value == self.absent else self.inner.spell(value)

    def options(self) -> Sequence[tuple[str, str]]:
        return self.inner.options()


KindOf = Kind | Callable[["Call", Answers], Kind]


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        name: in inline forms.
        prompt: what is printed before the brackets.
        kind: a Kind, or what makes one when it is asked (choices that depend on the configuration).
        default: a value, a callable of (call, answers so far), or NOTHING.
        when: asked only if this holds of (call, answers so far).
        secret: not echoed, asked twice, and never a word of the line, where `ps` and the history would show it.
        rest: takes all the words that are left.
        asked: False for what is only ever a word of the line, and its default without.
        lines: the answer is several lines, ended by a dot on its own; inline it is a word.
    """

    name: str
    prompt: str
    kind: KindOf = Text()
    default: Any = NOTHING
    when: Callable[[Call, Answers], bool] | None = None
    secret: bool = False
    rest: bool = False
    lines: bool = False
    asked: bool = True

    def kind_for(self, call: Call, answers: Answers) -> Kind:
        return self.kind(call, answers) if callable(self.kind) else self.kind

    def default_for(self, call: Call, answers: Answers) -> Any:
        return self.default(call, answers) if callable(self.default) else self.default

    def wanted(self, call: Call, answers: Answers) -> bool:
        return self.when is None or self.when(call, answers)

    @property
    def usage(self) -> str:
        """As in a line of usage: ``IP``, ``[port=…]``."""
        if self.secret:
            return ""
        if self.rest:
            return f"[{self.name.upper()} …]"
        needed = self.default is NOTHING and self.when is None
        return self.name.upper() if needed else f"[{self.name}=…]"


def usage(questions: Iterable[Question]) -> str:
    return " ".join(filter(None, (question.usage for question in questions)))
