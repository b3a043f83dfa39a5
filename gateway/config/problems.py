"""What is wrong with a configuration, told so that the place can be found: line, element, what, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from gateway.config.types import SECRET_FIELDS

Location = tuple[int | str, ...]
TOLD = 20  # problems spelled out in a sentence; a file of another kind has thousands
SHOWN = 80  # characters of a wrong value


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: line in the file (0 if unknown), path of the element, and the sentence."""

    line: int
    element: str
    text: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}<{self.element}> {self.text}"


def told(problems: list[Problem]) -> str:
    """All in one line; of very many the first ones and the number of the others."""
    more = len(problems) - TOLD
    text = "; ".join(map(str, problems[:TOLD]))
    return f"{text}; and {more:,} more" if more > 0 else text


def spell(where: Location) -> str:
    """A location as people read it: ``listeners/2/port``, numbers from 1."""
    return "/".join(str(part + 1) if isinstance(part, int) else part for part in where)


def findings_error(found: list[tuple[Location, str]]) -> PydanticCustomError:
    """To be raised inside a validator of the whole: what was found, each with its own place."""
    text = "; ".join(sentence for _, sentence in found)
    return PydanticCustomError("findings", "{text}", {"text": text, "found": found})


def explained(
    error: ValidationError, above: tuple[str, ...] = (), line: Callable[[Location], int] = lambda where: 0
) -> Iterator[Problem]:
    """Pydantic's findings as problems. `above` is where the element stands, `line` tells lines."""
    for item in error.errors(include_url=False):
        if item["type"] == "findings":
            for where, text in item["ctx"]["found"]:
                place = (*item["loc"], *where)
                yield Problem(line(place), spell((*above, *place)), text)
            continue
        place = item["loc"]
        yield Problem(line(place), spell((*above, *place)) or "config", _sentence(item))


def _sentence(item: Any) -> str:
    if item["type"] == "missing":
        return "is missing"
    message = str(item["msg"]).removeprefix("Value error, ")
    given = item.get("input")
    # Somebody may have put the password itself where its hash belongs.
    hidden = item["loc"][-1:] in SECRET_FIELDS or not isinstance(given, str | int | float)
    text = f"{given:.{SHOWN}}…" if isinstance(given, str) and len(given) > SHOWN else given
    shown = "" if hidden else f" (it is {text!r})"
    return f"is wrong: {message[:1].lower()}{message[1:]}{shown}"
