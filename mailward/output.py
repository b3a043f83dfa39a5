"""Tables for people, JSON for machines: one call prints either.

Colour and box drawing appear on a terminal only; a pipe gets plain text. `NO_COLOR` is honoured (by rich).
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def to_plain(value: Any) -> Any:
    """`value` made of dicts, lists and scalars only: dataclasses, enums, paths and times are spelled out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(to_plain(name)): to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, PurePath):
        return str(value)
    return value


def sentence(text: str) -> str:
    """With its period; a text that ends in quoted output or a command to paste gets none."""
    return text if "\n" in text or text.endswith((".", "?", "!")) else f"{text}."


def print_json(value: Any) -> None:
    """One JSON document on standard output, indented, keys in the order given."""
    click.echo(json.dumps(to_plain(value), indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table a person can read: ruled and coloured on a terminal, aligned plain columns in a pipe."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(columns, cells, title)
        return
    if title:
        click.echo(title)
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    for line in [list(columns), *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _rich_table(columns: Sequence[str], cells: list[list[str]], title: str) -> None:
    # rich costs a tenth of a second to import, which a pipe or --json should not pay.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, title=title or None, box=SIMPLE_HEAD, title_justify="left")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)


def json_option(function: F) -> F:
    """The `--json` every command has; arrives as the keyword `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(
        function
    )
