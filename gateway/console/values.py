"""Values of the configuration as the console shows them: secrets are never told."""

from __future__ import annotations

from typing import Any

from gateway.config.diff import HIDDEN
from gateway.config.types import SECRET_FIELDS, Element
from mailward.output import to_plain


def cell(value: Any, empty: str = "") -> str:
    """For a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return (", ".join(map(str, value)) if len(value) < 5 else f"{len(value)}") or empty
    return empty if value is None or value == "" else str(getattr(value, "value", value))


def plain(value: Any) -> Any:
    """For `--json`."""
    if isinstance(value, Element):
        return {name: _told(name, getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return to_plain(value)


def _told(name: str, value: Any) -> Any:
    return (HIDDEN if value else value) if (name,) in SECRET_FIELDS else plain(value)
