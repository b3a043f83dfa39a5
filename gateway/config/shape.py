"""What a class of elements is made of, in a form that reading, writing, comparing and merging walk alike.

An address of something in a configuration is a `Path`: names of elements, and for the members of a list their key,
``("listeners", "InboundMail", "port")``. Members without a key have their number from 1, as text.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config.types import Element

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One child element. `kind` is its class or type without ``None``; of a list, that of the members."""

    name: str
    kind: Any
    info: FieldInfo
    is_list: bool = False
    item: str = ""
    key: str = ""
    fold: Callable[[str], str] = str
    ordered: bool = False
    secret: bool = False

    @property
    def is_element(self) -> bool:
        """True if it, or each member of the list, has children."""
        return is_element(self.kind)


@cache
def shapes(model: type[Element]) -> dict[str, Shape]:
    """The children of `model` by name, in the order of the file."""
    return {name: _shape(name, info) for name, info in model.model_fields.items()}


def _shape(name: str, info: FieldInfo) -> Shape:
    extra: Any = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind = bare(info.annotation)
    if typing.get_origin(kind) is not list:
        return Shape(name, kind, info, secret=bool(extra.get("secret")))
    return Shape(
        name,
        bare(typing.get_args(kind)[0]),
        info,
        True,
        str(extra["item"]),
        str(extra["key"]),
        extra["fold"],
        bool(extra["ordered"]),
    )


def bare(kind: Any) -> Any:
    """Without ``| None`` and without annotations."""
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    return typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind


def is_element(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def key_of(shape: Shape, member: Any, number: int) -> str:
    """What a member of a list is called: its key, or its number from 1."""
    return spelled(getattr(member, shape.key)) if shape.key else str(number)


def spelled(value: Any) -> str:
    """A value as the file has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value if isinstance(value, Enum) else value)


@cache
def keyed_lists(model: type[Element]) -> tuple[tuple[Shape, bool], ...]:
    """Children that have keys to check, in them or below: the shape, and whether its own members have keys."""
    return tuple(
        (shape, shape.is_list and bool(shape.key))
        for shape in shapes(model).values()
        if shape.is_element and (shape.key or keyed_lists(shape.kind))
    )


def duplicates(
    element: Element, where: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Members of lists that have the key of another before them: the place (lists by index) and a sentence."""
    for shape, keyed in keyed_lists(type(element)):
        value = getattr(element, shape.name)
        place = (*where, shape.name)
        if not shape.is_list:
            yield from duplicates(value, place)
            continue
        if keyed:
            seen: set[str] = set()
            for index, member in enumerate(value):
                key = shape.fold(spelled(getattr(member, shape.key)))
                if key in seen:
                    yield (*place, index, shape.key), f"{shape.item} {key} is there twice"
                seen.add(key)
        if keyed_lists(shape.kind):
            for index, member in enumerate(value):
                yield from duplicates(member, (*place, index))
