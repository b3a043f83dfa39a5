"""The templates of the system's files. A value with a control character is refused: it would write lines of its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from gateway.apply.errors import HasControlCharacter


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def clean(value: Any) -> Any:
    """The value as it is. Raises HasControlCharacter."""
    if isinstance(value, str) and any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise HasControlCharacter(value=value)
    return value


@cache
def _environment() -> Environment:
    return Environment(  # nothing here is HTML
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def fill(name: str, **values: Any) -> str:
    """The template `name` with these values. Raises HasControlCharacter."""
    return _environment().get_template(name).render(values)
