"""What a migration says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    CHANGED = "changed"
    DROPPED = "dropped"
    REVIEW = "needs-review"  # somebody has to look at it afterwards, whether it was changed or not


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to tell. `element` is what it is about; `text` is a sentence without a period."""

    kind: Kind
    element: str
    text: str
    migration: str = ""

    def __str__(self) -> str:
        return f"{self.element} {self.text}"


def changed(element: str, text: str) -> Entry:
    return Entry(Kind.CHANGED, element, text)


def dropped(element: str, text: str) -> Entry:
    return Entry(Kind.DROPPED, element, text)


def review(element: str, text: str) -> Entry:
    return Entry(Kind.REVIEW, element, text)
