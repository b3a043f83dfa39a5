"""What every part of the configuration is made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def items(name: str, **limits: Any) -> Any:
    """A list field whose elements are called `name`."""
    return Field(default_factory=list, json_schema_extra={"item": name}, **limits)


class Element(BaseModel):
    """An element with children; what is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
