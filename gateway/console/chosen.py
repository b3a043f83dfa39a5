"""A menu about one entry of a list: it asks which, then offers what can be done with that.

On the console the question comes once and the menu goes on with the entry; inline the entry's name stands before
the operation: ``listenerconfig edit IncomingMail rcptaccess new example.com``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.console.call import Call
from gateway.console.handlers import Handler, Menu
from gateway.console.listing import Listing


@dataclass(frozen=True)
class Chosen:
    """`build` makes the menu of the entry with a name; `verb` completes the question."""

    listing: Listing
    build: Callable[[str], Menu]
    verb: str = "edit"

    def run(self, call: Call) -> Any:
        index = call.ask(self.listing.chooser(self.verb))
        return self.build(self.listing.names(call)[index]).run(call)

    @cached_property
    def _any(self) -> Handler:
        return self.build("")

    def usage(self) -> Sequence[tuple[str, str]]:
        return [(f"WHICH {words}".rstrip(), text) for words, text in self._any.usage()]

    def complete(self, words: Sequence[str]) -> Sequence[str]:
        return self._any.complete(words[1:]) if words else ()
