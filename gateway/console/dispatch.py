"""From words to a command that runs: who may, what it is, and a line for the audit."""

from __future__ import annotations

import syslog
from collections.abc import Callable, Sequence
from typing import Any

from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.identity import Identity
from gateway.console.interview import Interview, Terminal
from gateway.console.roles import RIGHTS
from gateway.console.table import Command, find, load
from gateway.console.words import join

Record = Callable[[str], None]


def to_journal(text: str) -> None:
    """One line in the system's journal. Words of a line hold no secrets: those are asked for."""
    syslog.openlog("mailward-console", syslog.LOG_PID, syslog.LOG_AUTHPRIV)
    syslog.syslog(syslog.LOG_INFO, text)


class Dispatcher:
    """Runs commands of one user. `out` takes text for people, `record` the lines of the audit."""

    def __init__(
        self, who: Identity, desk: Desk, out: Callable[[str], None], record: Record = to_journal
    ) -> None:
        self.who = who
        self.desk = desk
        self.out = out
        self.record = record

    def find(self, word: str) -> Command:
        return find(word, tuple(RIGHTS[self.who.role]))

    def run(
        self,
        words: Sequence[str],
        *,
        terminal: Terminal | None = None,
        as_json: bool = False,
        secrets: Callable[[], str] | None = None,
    ) -> Any:
        """The command's answer. Without a terminal nothing is asked. Raises MailwardError."""
        command = self.find(words[0])
        call = Call(
            command.name,
            self.who,
            Interview(words[1:], terminal, secrets),
            self.desk,
            (lambda text: None) if as_json else self.out,
            as_json,
        )
        self.record(f"{self.who.name} ({self.who.role}): {join([command.name, *words[1:]])}")
        call.need(command.right)
        return load(command.place).run(call)
