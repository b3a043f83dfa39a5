"""The reference of the configuration's elements, written from the model: docs/configuration.md holds what this says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.config.model import Config
from gateway.config.shape import shapes
from gateway.config.types import Element


@dataclass(frozen=True, slots=True)
class Entry:
    """An element: where it stands, what it may hold, its default (empty: none), and what it is for."""

    path: str
    kind: str
    default: str
    text: str


def entries(model: type[Element] = Config, path: str = "") -> Iterator[Entry]:
    """Every element below `model`, in the order of the file."""
    for name, shape in shapes(model).items():
        place = f"{path}/{name}" if path else name
        info = shape.info
        if shape.is_list:
            item = f"{place}/{shape.item}"
            yield Entry(place, "list", "required" if info.is_required() else "", info.description or "")
            if shape.is_element:
                yield Entry(item, "element", "", summary(shape.kind))
                yield from entries(shape.kind, item)
            else:
                yield Entry(item, _kind(shape.kind, info), "", "")
        elif shape.is_element:
            yield Entry(place, "element", "", summary(shape.kind))
            yield from entries(shape.kind, place)
        else:
            yield Entry(place, _kind(shape.kind, info), _default(info), info.description or "")


def markdown() -> str:
    """All entries as a table."""
    lines = ["| element | holds | default | |", "| --- | --- | --- | --- |"]
    for entry in entries():
        cells = (f"`{entry.path}`", entry.kind, entry.default, entry.text.replace("|", "\\|"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of a class's docstring, in one line."""
    return " ".join((model.__doc__ or "").strip().partition("\n\n")[0].split())


_WORDS: dict[Any, str] = {str: "text", int: "number", float: "number", bool: "yes or no"}
_BOUNDS: dict[type, str] = {Ge: "≥ {}", Gt: "> {}", Le: "≤ {}", Lt: "< {}"}


def _kind(kind: Any, info: FieldInfo) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    word = _WORDS.get(kind, "text")
    bounds = [
        text.format(f"{getattr(limit, type(limit).__name__.lower()):,}")
        for limit in info.metadata
        if (text := _BOUNDS.get(type(limit)))
    ]
    lengths = [f"{limit.min_length}+" for limit in info.metadata if isinstance(limit, MinLen)]
    lengths += [f"≤ {limit.max_length:,} characters" for limit in info.metadata if isinstance(limit, MaxLen)]
    return " ".join([word, *bounds, *(lengths if word == "text" else [])])


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "required" if info.is_required() else ""
    value = info.default
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    return f"{value:,}" if isinstance(value, int) else f"`{value}`"
