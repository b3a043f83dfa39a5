"""The terminal people sit at: lines with editing and completion, keys, pages, at 80x24 and on a serial line."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

# Serial lines do not answer where their cursor is; asking makes prompt_toolkit complain.
os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.history import DummyHistory, FileHistory, History, InMemoryHistory
from prompt_toolkit.shortcuts import CompleteStyle

from gateway.console.completion import ValueCompleter
from gateway.console.errors import LoggedOut
from gateway.console.plain import GONE, screen_pager


def history_of(path: Path) -> History:
    """A user's lines of earlier sessions; in memory only where the file cannot be kept."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


class TtyTerminal:
    """A terminal. `idle` is how many seconds without a key end the session."""

    def __init__(self, completer: Completer, history: History, idle: float) -> None:
        self._idle = idle
        self._lines: PromptSession[str] = self._session(history, completer)
        self._answers: PromptSession[str] = self._session(DummyHistory(), None)
        self.pager = screen_pager(idle)
        self.pages = True

    @staticmethod
    def _session(history: History, completer: Completer | None) -> PromptSession[str]:
        return PromptSession(
            history=history,
            completer=completer,
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            editing_mode=EditingMode.EMACS,
            enable_history_search=True,
        )

    def line(self, prompt: str) -> str:
        """A command. Raises EOFError for Ctrl-D, KeyboardInterrupt, LoggedOut."""
        return self._lines.prompt(prompt, pre_run=self._watch)

    def read(self, prompt: str, *, secret: bool = False, choices: Sequence[str] = ()) -> str:
        """An answer in a dialogue; Ctrl-C and Ctrl-D both leave it."""
        self.pager.start()
        *above, last = prompt.split("\n")
        for text in above:
            self.pager.write(text + "\n")
        completer = ValueCompleter(choices) if choices else None
        try:
            typed = self._answers.prompt(
                last,
                is_password=secret,
                completer=completer,
                pre_run=self._watch,
            )
        except EOFError as error:
            raise KeyboardInterrupt from error
        return typed

    def write(self, text: str) -> None:
        self.pager.write(text)

    def _watch(self) -> None:
        """Ends the prompt when nobody has pressed a key for too long."""
        app = get_app()
        last = time.monotonic()

        def pressed(_: object) -> None:
            nonlocal last
            last = time.monotonic()

        app.key_processor.before_key_press += pressed

        async def watch() -> None:
            import asyncio

            while (left := last + self._idle - time.monotonic()) > 0:
                await asyncio.sleep(left)
            app.exit(exception=LoggedOut(GONE))

        app.create_background_task(watch())
