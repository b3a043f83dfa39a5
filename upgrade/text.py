"""Paragraphs for people: a label, and text wrapped beside it."""

from __future__ import annotations

import textwrap

import click

WIDTH = 110


def paragraph(label: str, text: str, *, indent: int = 2, column: int = 14) -> None:
    """`text` from `column` on, wrapped; `label` before its first line."""
    first = " " * indent + label
    # A label that is too long for its column gets a line of its own rather than pushing the text about.
    if len(first) >= column:
        click.echo(first)
        first = ""
    click.echo(
        textwrap.fill(
            text,
            WIDTH,
            initial_indent=first.ljust(column),
            subsequent_indent=" " * column,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
