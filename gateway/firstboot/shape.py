"""Looks into a document of mappings, lists and texts, and says where something is not what it must be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """A mapping and its place in the document. All raise ValueError with the place."""

    value: dict[Any, Any]
    where: str

    def text(self, name: str, *, strip: bool = True) -> str:
        """A text or number, empty if it is not there."""
        value = self.value.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"{self.where}/{name} must be a text")
        return str(value).strip() if strip else str(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.value.get(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"{self.where}/{name} must be true or false")
        return value

    def texts(self, name: str, *, commas: bool = False) -> list[str]:
        """A list of texts. With `commas`, a text with commas in it is one too."""
        value = self.value.get(name)
        if value is None:
            return []
        if commas and isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
            raise ValueError(f"{self.where}/{name} must be a list of texts")
        return [str(item).strip() for item in value]

    def inner(self, name: str) -> Shape | None:
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ValueError(f"{self.where}/{name} must be a mapping")
        return Shape(value, f"{self.where}/{name}")

    def entries(self, name: str, *, passed_over: Iterable[str] = ()) -> list[Shape]:
        """A list of mappings."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise ValueError(f"{self.where}/{name} must be a list")
        found = []
        for number, item in enumerate(value, 1):
            if isinstance(item, str) and item in passed_over:
                continue
            if not isinstance(item, dict):
                raise ValueError(f"{self.where}/{name}/{number} must be a mapping")
            found.append(Shape(item, f"{self.where}/{name}/{number}"))
        return found

    def members(self, name: str) -> list[tuple[str, Shape]]:
        """A mapping of names to mappings."""
        inner = self.inner(name)
        found = []
        for key, item in inner.value.items() if inner else ():
            if not isinstance(item, dict):
                raise ValueError(f"{self.where}/{name}/{key} must be a mapping")
            found.append((str(key), Shape(item, f"{self.where}/{name}/{key}")))
        return found
