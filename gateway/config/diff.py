"""What is different between two configurations, element by element, and how to tell a person."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.config.model import Config
from gateway.config.shape import Path, Shape, key_of, shapes, spelled
from gateway.config.types import Element

HIDDEN = "*****"
LISTED = 5  # members of a list in a summary
SHOWN = 100  # characters of a text in a summary


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Values are as the file spells them; of an element and of a secret nothing is told."""

    path: Path
    kind: Kind
    old: str = ""
    new: str = ""

    @property
    def place(self) -> str:
        return "/".join(self.path)

    def lines(self) -> Iterator[str]:
        """As people read it: one line, of longer texts one more for each line of theirs that differs."""
        if self.kind is Kind.ADDED:
            yield f"+ {self.place}" + (f": {self.new}" if self.new else "")
        elif self.kind is Kind.REMOVED:
            yield f"- {self.place}" + (f": {self.old}" if self.old else "")
        elif self.kind is Kind.MOVED:
            yield f"~ {self.place}: order is now {self.new}"
        elif "\n" in self.old or "\n" in self.new:
            yield f"~ {self.place}:"
            for line in difflib.unified_diff(self.old.split("\n"), self.new.split("\n"), n=0, lineterm=""):
                if not line.startswith(("---", "+++", "@@")):
                    yield f"    {line}"
        else:
            yield f"~ {self.place}: {self.old or '(empty)'} -> {self.new or '(empty)'}"


def changes(old: Config, new: Config) -> tuple[Change, ...]:
    """All differences, in the order of the file."""
    return tuple(_element(old, new, ()))


def text(found: tuple[Change, ...]) -> str:
    """All changes, a line or more each; empty if there is none."""
    return "".join(f"{line}\n" for change in found for line in change.lines())


def _element(old: Element, new: Element, where: Path) -> Iterator[Change]:
    if old is new:
        return
    for name, shape in shapes(type(old)).items():
        before, after = getattr(old, name), getattr(new, name)
        if before is after or before == after:
            continue
        place = (*where, name)
        if shape.is_list:
            yield from _members(shape, before, after, place)
        elif shape.is_element:
            yield from _element(before, after, place)
        else:
            yield Change(place, Kind.CHANGED, told(shape, before), told(shape, after))


def _members(shape: Shape, old: list[Any], new: list[Any], where: Path) -> Iterator[Change]:
    before, after = identified(shape, old), identified(shape, new)
    for key in before:
        if key not in after:
            yield Change((*where, key), Kind.REMOVED)
    for key, member in after.items():
        if key not in before:
            # Without a key an element is called by all it says already.
            text = summary(member, without=shape.key) if shape.key and isinstance(member, Element) else ""
            yield Change((*where, key), Kind.ADDED, "", text)
        elif isinstance(member, Element) and member != before[key]:
            yield from _element(before[key], member, (*where, key))
    kept = [key for key in after if key in before]
    if shape.ordered and kept != [key for key in before if key in after]:
        yield Change(where, Kind.MOVED, ", ".join(before), ", ".join(after))


def identified(shape: Shape, members: list[Any]) -> dict[str, Any]:
    """Members by what they are called: their key, or, without one, all that they say."""
    found: dict[str, Any] = {}
    for number, member in enumerate(members, 1):
        name = key_of(shape, member, number) if shape.key or not shape.is_element else ""
        if not shape.is_element:
            name = spelled(member)
        elif not shape.key:
            name = summary(member)
        while name in found:  # a list without a key may hold the same thing twice
            name += " (again)"
        found[name] = member
    return found


def summary(element: Element, *, without: str = "") -> str:
    """An element in one line: what differs from the defaults, `ip=10.0.0.1 port=53`."""
    words = []
    for name, shape in shapes(type(element)).items():
        value = getattr(element, name)
        if name == without or value == shape.info.get_default(call_default_factory=True):
            continue
        if shape.is_list:
            inner = ", ".join(
                f"({summary(m)})" if isinstance(m, Element) else spelled(m) for m in value[:LISTED]
            )
            more = f", {len(value) - LISTED} more" if len(value) > LISTED else ""
            words.append(f"{name}=[{inner}{more}]")
        elif isinstance(value, Element):
            words.append(f"{name}=({summary(value)})")
        else:
            words.append(f"{name}={_short(told(shape, value))}")
    return " ".join(words)


def _short(text: str) -> str:
    """For a line: of a table the number of lines."""
    lines = text.count("\n") + 1
    if lines > 1:
        return f"({lines} lines)"
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text


def told(shape: Shape, value: Any) -> str:
    """A value for people: secrets are hidden, what is not set is empty."""
    if value is None or value == "":
        return ""
    return HIDDEN if shape.secret else spelled(value)
