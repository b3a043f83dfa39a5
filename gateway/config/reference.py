"""The reference of the configuration's elements, written from the model: docs/configuration.md holds what this says."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.config.model import Config
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
    for name, info in model.model_fields.items():
        place = f"{path}/{name}" if path else name
        kind = _bare(info.annotation)
        if typing.get_origin(kind) is list:
            inner = _bare(typing.get_args(kind)[0])
            item = f"{place}/{item_name(info)}"
            yield Entry(place, "list", "", info.description or "")
            if is_element(inner):
                yield Entry(item, "element", "", summary(inner))
                yield from entries(inner, item)
            else:
                yield Entry(item, _kind(inner, info), "", "")
        elif is_element(kind):
            yield Entry(place, "element", "", summary(kind))
            yield from entries(kind, place)
        else:
            yield Entry(place, _kind(kind, info), _default(info), info.description or "")


def markdown() -> str:
    """All entries as a table."""
    lines = ["| element | holds | default | |", "| --- | --- | --- | --- |"]
    for entry in entries():
        cells = (f"`{entry.path}`", entry.kind, entry.default, entry.text.replace("|", "\\|"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def item_name(info: FieldInfo) -> str:
    """What the elements of a list are called."""
    extra = info.json_schema_extra
    return str(extra["item"]) if isinstance(extra, dict) else "item"


def is_element(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of a class's docstring, in one line."""
    return " ".join((model.__doc__ or "").strip().partition("\n\n")[0].split())


def _bare(kind: Any) -> Any:
    """Without `| None` and without annotations."""
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    return typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind


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
