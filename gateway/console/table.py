"""The table of commands: one line each says what there is, for whom, and where it is done.

To add a command, add a line to one of `gateway.console.entries` and write its handler, an `Action` or a `Menu`
(see `gateway.console.handlers`), in `gateway.console.commands`. The table is imported with the prompt, handlers only
when they are called: an entry imports nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from gateway.console.errors import Ambiguous, UnknownCommand
from gateway.console.roles import Right
from gateway.console.words import resolve

if TYPE_CHECKING:
    from gateway.console.handlers import Handler


class Category(StrEnum):
    """Headings of `help` and of the documentation, in their order."""

    STATUS = "Status and counters"
    QUEUE = "Mail flow and queue"
    MAIL = "Mail settings"
    NETWORK = "Network and time"
    ACCESS = "Users and access"
    LOGS = "Logs and alerts"
    CONFIGURATION = "Configuration"
    SYSTEM = "System"
    TOOLS = "Troubleshooting"
    SESSION = "Session"


@dataclass(frozen=True, slots=True)
class Command:
    """Attributes:
    right: what a role must have for it (`gateway.console.roles`).
    place: ``module:attribute`` of the handler, or of a click command that does it already.
    commit: its changes wait for `commit`.
    stream: prints until Ctrl-C, so its output is not held back page by page.
    """

    name: str
    category: Category
    right: Right
    summary: str
    place: str
    commit: bool = False
    stream: bool = False
    aliases: tuple[str, ...] = ()


@cache
def commands() -> dict[str, Command]:
    """All commands by name, in the order of the table."""
    from gateway.console.entries import ENTRIES

    return {entry.name: entry for entry in ENTRIES}


@cache
def _names() -> dict[str, str]:
    """Every name, aliases included, and whose it is."""
    return {name: entry.name for entry in commands().values() for name in (entry.name, *entry.aliases)}


def find(word: str, allowed: Sequence[Right] = tuple(Right)) -> Command:
    """The command a word stands for: its name, an alias, or the beginning of just one that the rights allow.

    Raises UnknownCommand with what may have been meant, and Ambiguous.
    """
    names = _names()
    if word.lower() in names:
        return commands()[names[word.lower()]]
    usable = [name for name, whose in names.items() if commands()[whose].right in allowed]
    found = sorted({names[name] for name in resolve(word, usable)})
    if len(found) > 1:
        raise Ambiguous(word=word, names=" or ".join(found))
    if found:
        return commands()[found[0]]
    near = get_close_matches(word.lower(), usable, 3)
    meant = f"Did you mean {' or '.join(near)}?" if near else "`help` lists the commands"
    raise UnknownCommand(name=word, suggestion=meant)


@cache
def load(place: str) -> Handler:
    """The handler at a place; a click command is wrapped."""
    module, _, attribute = place.partition(":")
    handler = getattr(import_module(module), attribute)
    if hasattr(handler, "usage") and hasattr(handler, "complete"):
        found: Handler = handler
        return found
    from gateway.console.clicked import Clicked

    return Clicked(handler)
