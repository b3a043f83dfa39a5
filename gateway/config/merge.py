"""Two administrators changed the same configuration: what both did together, element by element.

`base` is what both began with. What one of them changed is taken; what both changed the same way is; what both changed
differently is a conflict, and nothing is guessed. Members of lists are told apart by their keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from gateway.config.diff import identified, told
from gateway.config.errors import NotAcceptable
from gateway.config.model import Config
from gateway.config.problems import explained
from gateway.config.problems import told as sentences
from gateway.config.shape import Path, Shape, shapes
from gateway.config.types import Element

E = TypeVar("E", bound=Element)
Prefer = Literal["mine", "theirs"] | None
_GONE = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both changed the same element: what each made of it (of an element with children: only what happened)."""

    path: Path
    mine: str
    theirs: str

    def __str__(self) -> str:
        return f"{'/'.join(self.path)}: {self.mine or '(empty)'} here, {self.theirs or '(empty)'} in the running one"


@dataclass(slots=True)
class Merge:
    """One merging. With `prefer`, conflicts are decided and listed all the same."""

    prefer: Prefer = None
    conflicts: list[Conflict] = field(default_factory=list)

    def merge(self, base: Config, mine: Config, theirs: Config) -> Config:
        """What both did; of no use if there are `conflicts` and no `prefer`.

        Raises NotAcceptable if what each did is valid and both together are not.
        """
        try:
            return self._element(base, mine, theirs, ())
        except ValidationError as error:
            raise NotAcceptable(problems=sentences(list(explained(error)))) from error

    def _element(self, base: E, mine: E, theirs: E, where: Path) -> E:
        if mine is theirs or mine in (theirs, base):
            return theirs
        if theirs == base:
            return mine
        content = {
            name: self._value(
                shape, getattr(base, name), getattr(mine, name), getattr(theirs, name), (*where, name)
            )
            for name, shape in shapes(type(base)).items()
        }
        try:
            return type(base).model_validate(content)
        except ValidationError as error:
            if not where:
                raise
            raise NotAcceptable(problems=sentences(list(explained(error, where)))) from error

    def _value(self, shape: Shape, base: Any, mine: Any, theirs: Any, where: Path) -> Any:
        if mine in (theirs, base):
            return theirs
        if theirs == base:
            return mine
        if shape.is_list:
            return self._members(shape, base, mine, theirs, where)
        if shape.is_element:
            return self._element(base, mine, theirs, where)
        return self._decide(where, told(shape, mine), told(shape, theirs), mine, theirs)

    def _members(self, shape: Shape, base: Any, mine: Any, theirs: Any, where: Path) -> list[Any]:
        old, own, other = (identified(shape, members) for members in (base, mine, theirs))
        merged: dict[str, Any] = {}
        for key in {**other, **own, **old}:
            value = self._member(
                old.get(key, _GONE), own.get(key, _GONE), other.get(key, _GONE), (*where, key)
            )
            if value is not _GONE:
                merged[key] = value
        order = self._order(shape, list(old), list(own), list(other), where)
        return [merged[key] for key in order if key in merged]

    def _member(self, base: Any, mine: Any, theirs: Any, where: Path) -> Any:
        if _same(mine, theirs) or _same(mine, base):
            return theirs
        if _same(theirs, base):
            return mine
        both = isinstance(mine, Element) and isinstance(theirs, Element)
        if both and isinstance(base, Element):
            return self._element(base, mine, theirs, where)
        words = {True: "removed", False: "changed" if base is not _GONE else "added otherwise"}
        return self._decide(where, words[mine is _GONE], words[theirs is _GONE], mine, theirs)

    def _order(
        self, shape: Shape, base: list[str], mine: list[str], theirs: list[str], where: Path
    ) -> list[str]:
        """All names, in the order of who changed it, what is new behind what it was put behind."""
        common = set(base) & set(mine) & set(theirs)

        def kept(names: list[str]) -> list[str]:
            return [name for name in names if name in common]

        lead, follow = theirs, mine
        if kept(theirs) == kept(base):
            lead, follow = mine, theirs
        elif kept(mine) != kept(base) and kept(mine) != kept(theirs) and shape.ordered:
            lead = self._decide(where, "order changed", "order changed otherwise", mine, theirs)
            follow = theirs if lead is mine else mine
        order, present = list(lead), set(lead)
        for position, name in enumerate(follow):
            if name not in present:
                order.insert(order.index(follow[position - 1]) + 1 if position else 0, name)
                present.add(name)
        return order

    def _decide(self, where: Path, my_words: str, their_words: str, mine: Any, theirs: Any) -> Any:
        self.conflicts.append(Conflict(where, my_words, their_words))
        return mine if self.prefer == "mine" else theirs


def _same(one: Any, other: Any) -> bool:
    return one is other or (one is not _GONE and other is not _GONE and bool(one == other))
