"""The terminal people sit at: lines with editing and completion, keys, pages. Works at 80x24, on a serial line and on
one that can do nothing at all.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

# Serial lines do not answer where their cursor is; asking makes prompt_toolkit complain.
os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.history import DummyHistory, FileHistory, History, InMemoryHistory
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.utils import is_dumb_terminal

from gateway.console.completion import ValueCompleter
from gateway.console.errors import LoggedOut
from gateway.console.pager import Pager


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
        self._last = time.monotonic()
        self._lines: PromptSession[str] = self._session(history, completer)
        self._answers: PromptSession[str] = self._session(DummyHistory(), None)
        self.pager = Pager(self._write, self._size, self._key)

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
        if secret and is_dumb_terminal():  # prompt_toolkit would echo it there
            return getpass(last)
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
            app.exit(exception=LoggedOut("Nobody pressed a key for a while; you are logged out."))

        app.create_background_task(watch())

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    @staticmethod
    def _size() -> tuple[int, int]:
        size = shutil.get_terminal_size((80, 24))
        return size.columns, size.lines

    def _key(self) -> str:
        """One key; raises LoggedOut if none comes."""
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor)
            if not select.select([descriptor], [], [], self._idle)[0]:
                raise LoggedOut("Nobody pressed a key for a while; you are logged out.")
            key = os.read(descriptor, 1).decode("ascii", "replace")
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        return key


class PipeTerminal:
    """Lines from a pipe, for scripts that talk to the console as a person would. Nothing is echoed, nothing paged."""

    def __init__(self) -> None:
        self.pager = Pager(self._write, lambda: (80, 24), lambda: "")
        self.pager.paging = False

    def line(self, prompt: str) -> str:
        return self._read(prompt)

    def read(self, prompt: str, *, secret: bool = False, choices: Sequence[str] = ()) -> str:
        try:
            return self._read(prompt)
        except EOFError as error:
            raise KeyboardInterrupt from error

    def write(self, text: str) -> None:
        self._write(text)

    def _read(self, prompt: str) -> str:
        self._write(prompt)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
