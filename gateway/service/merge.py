"""Answers of several workers as one."""

from __future__ import annotations

from typing import Any


def total(values: list[Any]) -> Any:
    """Numbers are added, dicts key by key, lists joined; of anything else the first that says something."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    first = values[0]
    if isinstance(first, bool):
        return any(values)
    if isinstance(first, int | float):
        return sum(values)
    if isinstance(first, dict):
        names = dict.fromkeys(name for value in values for name in value)
        return {name: total([value.get(name) for value in values]) for name in names}
    if isinstance(first, list):
        return [item for value in values for item in value]
    return next((value for value in values if value), first)
