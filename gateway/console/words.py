"""A typed line to words. Quotes and backslashes as in a shell; nothing is ever expanded or run by one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from gateway.console.errors import BadLine

LINE_LIMIT = 64 << 10  # characters


def split(line: str) -> list[str]:
    """The words of a line. Raises BadLine for a quote that is not closed, control characters, and lines too long."""
    if len(line) > LINE_LIMIT:
        raise BadLine(why=f"it is longer than {LINE_LIMIT:,} characters")
    if any(ord(char) < 32 and char not in "\t\r\n" for char in line):
        raise BadLine(why="it has control characters in it")
    try:
        return shlex.split(line)
    except ValueError as error:
        raise BadLine(why="a quote or an escape in it is not closed") from error


def join(words: Iterable[str]) -> str:
    """The line that `split` makes these words of."""
    return shlex.join(words)


def resolve(word: str, names: Iterable[str]) -> list[str]:
    """The names a word stands for: itself, or all it is the beginning of, whatever the case."""
    known = list(names)
    wanted = word.lower()
    exact = [name for name in known if name.lower() == wanted]
    return exact or [name for name in known if wanted and name.lower().startswith(wanted)]
