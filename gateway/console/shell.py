"""The console's loop: a prompt, a line, a command; until the user leaves or has gone away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Protocol

from gateway.console.dispatch import Dispatcher
from gateway.console.errors import LoggedOut
from gateway.console.glance import Seen
from gateway.console.interview import Terminal
from gateway.console.pager import Pager
from gateway.console.words import split
from mailward.errors import MailwardError
from mailward.output import sentence


class Screen(Terminal, Protocol):
    """What the shell needs of a terminal."""

    pager: Pager
    pages: bool

    def line(self, prompt: str) -> str: ...


def prompt_of(seen: Seen) -> str:
    """``host> ``, and in a cluster ``(Cluster name)> ``, as on the incumbent."""
    return f"(Cluster {seen.cluster})> " if seen.cluster else f"{seen.hostname}> "


class Shell:
    """One session. `look` answers what the running configuration says now; a commit may change the prompt."""

    def __init__(self, screen: Screen, dispatcher: Dispatcher, look: Callable[[], Seen]) -> None:
        self.screen = screen
        self.dispatcher = dispatcher
        self.look = look

    def run(self) -> None:
        """Until Ctrl-D or `quit`. Raises LoggedOut."""
        # What most commands need is imported while somebody reads the prompt.
        aside(_warm)
        ended = False
        while True:
            self.screen.pager.start(paging=self.screen.pages)
            try:
                line = self.screen.line(prompt_of(self.look()))
                ended = False
            except KeyboardInterrupt:
                continue
            except EOFError as error:
                # The second time in a row it is no key: the other end is gone, and would say so for ever.
                if ended:
                    raise LoggedOut() from error
                ended, line = True, "quit"
            self.one(line)

    def one(self, line: str) -> None:
        """Run one line. What goes wrong is told; only LoggedOut ends the session."""
        try:
            words = asked_for_help(split(line))
            if not words:
                return
            paging = self.screen.pages and not self.dispatcher.find(words[0]).stream
            self.screen.pager.start(paging=paging)
            self.dispatcher.run(words, terminal=self.screen)
        except KeyboardInterrupt:
            self.screen.write("\n")
        except MailwardError as error:
            for text in (error.explain(), error.hint()):
                if text:
                    self.screen.write(sentence(text) + "\n")


def asked_for_help(words: list[str]) -> list[str]:
    """``?`` is `help`, and ``dnsconfig ?`` is ``help dnsconfig``."""
    if words and words[-1] == "?":
        return ["help", *words[:1]] if len(words) > 1 else ["help"]
    return words


def aside(work: Callable[[], None]) -> threading.Thread:
    """Do `work` in a thread that Ctrl-C does not reach.

    The kernel gives a signal to any thread that takes it. In that one it would interrupt nothing, and the main thread
    would go on waiting for a key.
    """
    thread = threading.Thread(target=work, daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return thread


def _warm() -> None:
    import gateway.config.store
    import gateway.console.listing  # noqa: F401
