"""A console without a terminal: answers from a list, a configuration in a folder, programs with prepared output."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config.applier import AppliesNothing
from gateway.config.elements.roles import Role
from gateway.config.model import Config
from gateway.config.store import Store
from gateway.console.desk import Desk
from gateway.console.dispatch import Dispatcher
from gateway.console.glance import Seen
from gateway.console.identity import Identity
from gateway.console.opening import seen
from gateway.console.pager import Pager
from gateway.console.programs import Done
from tests.gateway.console.recorded import ANSWERS, PROGRAMS, furnish

CONFIG = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE config SYSTEM "config.dtd">
<config>
  <hostname>mail.example.com</hostname>
  <ip_interfaces>
    <ip_interface>
      <interface_name>Management</interface_name>
      <port_name>Management</port_name>
      <ipv4>192.0.2.10</ipv4>
      <hostname>mail.example.com</hostname>
    </ip_interface>
  </ip_interfaces>
  <listeners>
    <listener>
      <listener_name>InboundMail</listener_name>
      <accepted_domains><domain>example.com</domain></accepted_domains>
    </listener>
  </listeners>
</config>
"""
NOW = 1_750_000_000.0  # Sun Jun 15 15:06:40 2025 UTC


class Script:
    """A person with answers prepared; what is shown and typed is the transcript."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.transcript = ""
        self.pieces: list[tuple[str, str]] = []  # what was shown, what was typed then
        self.rest = ""
        self.pages = True
        self.pager = Pager(self.write, lambda: (80, 1000), lambda: " ")

    def read(self, prompt: str, *, secret: bool = False, choices: Sequence[str] = ()) -> str:
        self.write(prompt)
        if not self.answers:
            raise AssertionError(f"nobody has an answer to:\n{self.transcript}")
        answer = self.answers.pop(0)
        self.pieces.append((self.rest, answer))
        self.rest = ""
        self.transcript += ("" if secret else answer) + "\n"
        if answer == "^C":
            raise KeyboardInterrupt
        return answer

    def write(self, text: str) -> None:
        self.transcript += text
        self.rest += text

    def line(self, prompt: str) -> str:
        return self.read(prompt)


@dataclass
class FakePrograms:
    """Answers by the first word, or the first two, and notes what was run."""

    outputs: dict[str, Done] = field(default_factory=dict)
    ran: list[tuple[list[str], bool]] = field(default_factory=list)

    def collect(self, words: Sequence[str], *, deadline: float = 60, root: bool = False) -> Done:
        self.ran.append((list(words), root))
        return self.outputs.get(" ".join(words[:2])) or self.outputs.get(words[0], Done(0, ""))

    def stream(self, words: Sequence[str], line: Callable[[str], None], *, root: bool = False) -> int:
        done = self.collect(words, root=root)
        for text in done.output.splitlines():
            line(text)
        return done.status

    def attach(self, words: Sequence[str]) -> int:
        return self.collect(words, root=True).status


@dataclass
class FakeService:
    """The mail service: answers by command, and notes what was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def ask(self, command: str, **arguments: Any) -> Any:
        self.asked.append((command, arguments))
        found = self.answers[command]
        if isinstance(found, Exception):
            raise found
        return found


class Console:
    """One user at a machine below `root`."""

    def __init__(self, root: Path, role: Role = Role.ADMINISTRATOR, config: str = CONFIG) -> None:
        folder = root / "configuration"
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "config.xml").write_text(config)
            os.utime(folder / "config.xml", (NOW - 86_400, NOW - 86_400))
        furnish(root)
        self.programs = FakePrograms(dict(PROGRAMS))
        self.service = FakeService(dict(ANSWERS))
        self.audit: list[str] = []
        self.store = Store(folder, clock=lambda: datetime.fromtimestamp(NOW, UTC))
        self.desk = Desk(
            open_store=lambda: self.store,
            applier=AppliesNothing,
            service=lambda timeout: self.service,
            programs=self.programs,
            root=root,
            now=lambda: NOW,
            sleep=lambda seconds: None,
        )
        self.who = Identity("alice", role, 1001)
        self.said = ""

    def _out(self, text: str) -> None:
        self.said += text

    def dispatcher(self, screen: Script) -> Dispatcher:
        return Dispatcher(self.who, self.desk, screen.write, self.audit.append)

    def seen(self) -> Seen:
        return seen(self.desk.root / "configuration")

    def dialogue(self, line: Sequence[str] | str, *answers: str) -> str:
        """The transcript of a command and a person's answers; all of them have to be used."""
        script = Script(answers)
        dispatcher = self.dispatcher(script)
        words = line.split() if isinstance(line, str) else list(line)
        script.transcript = ""
        try:
            dispatcher.run(words, terminal=script)
        finally:
            self.said = script.transcript
        assert not script.answers, f"not asked for: {script.answers}\n{script.transcript}"
        return script.transcript

    def batch(self, *words: str, secrets: Sequence[str] = ()) -> Any:
        """The value `--json` prints."""
        left = list(secrets)
        return Dispatcher(self.who, self.desk, self._out, self.audit.append).run(
            words, as_json=True, secrets=lambda: left.pop(0) if left else ""
        )

    def text(self, *words: str) -> str:
        """What a batch call prints for people."""
        said: list[str] = []
        Dispatcher(self.who, self.desk, said.append, self.audit.append).run(words, secrets=lambda: "")
        return "".join(said)

    @property
    def config(self) -> Config:
        """What alice has in hand."""
        return self.store.candidate(self.who.name).config
