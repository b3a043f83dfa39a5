"""The console in a real pty, as a person has it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pexpect
import pytest

from tests.gateway.console.pty_person import PROMPT, Person
from tests.gateway.console.scenarios import GOLDEN, SCENARIOS, play

pytestmark = pytest.mark.process
SHELL = "tests.gateway.console.at_terminal"


def test_dialogues_in_a_pty_are_the_recorded_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    player = Person("tests.gateway.console.player", str(tmp_path / "player"), rows=2000)
    plays = [play(scenario, tmp_path / scenario.command)[1] for scenario in SCENARIOS]
    marks = [f"=== {one.command}\n{pieces[0][0]}" for one, pieces in zip(SCENARIOS, plays, strict=True)]
    marks.append("=== end\n")
    player.wait(marks[0])
    for number, (scenario, pieces) in enumerate(zip(SCENARIOS, plays, strict=True)):
        said = pieces[0][0]
        for (_, typed), (shown, _) in pairwise(pieces[:-1]):
            player.type(typed)
            said += player.wait(shown)
        player.type(pieces[-2][1])
        said += player.wait(marks[number + 1]).removesuffix(marks[number + 1])
        assert said == (GOLDEN / f"{scenario.command}.txt").read_text()
    player.close()


@pytest.fixture(params=["dumb", "vt220", "xterm-256color"])
def person(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    somebody = Person(SHELL, str(tmp_path), terminal=request.param)
    yield somebody
    somebody.close()


def test_a_session_on_every_kind_of_terminal(person: Person) -> None:
    # A terminal that can move its cursor is told to, instead of being sent the last blank.
    at = PROMPT.rstrip() if "dumb" not in person.terminal else PROMPT
    person.wait(at)
    person.type("whoami")
    assert "Role: administrator" in person.wait(at)
    person.type("dnsconfig")
    person.wait("[]>" if at != PROMPT else "[]> ")
    person.child.sendcontrol("c")
    person.wait(at)
    person.type("nonsense")
    assert "Unknown command: nonsense." in person.wait(at)
    person.type("help")
    person.wait("-Press Any Key For More-")
    person.child.send(" ")
    person.wait("-Press Any Key For More-")
    person.child.send("q")
    person.wait(at)
    person.type("sethostname mx.example.com")
    person.wait(at)
    person.type("commit a name")
    person.wait("mx.example.com>" if at != PROMPT else "mx.example.com> ")
    person.child.sendcontrol("d")
    person.child.expect(pexpect.EOF)


def test_tab_completes_commands_operations_and_values(tmp_path: Path) -> None:
    person = Person(SHELL, str(tmp_path), terminal="xterm")
    person.wait(PROMPT.rstrip())
    person.child.send("dnsc\tal\tpri\t\r")
    assert "There are no alternate servers." in person.wait(PROMPT.rstrip())
    person.close()


@pytest.mark.parametrize("terminal", ["dumb", "xterm"])
def test_nobody_there_is_logged_out(tmp_path: Path, terminal: str) -> None:
    person = Person(SHELL, str(tmp_path), "administrator", "1.5", terminal=terminal)
    person.child.expect("Nobody pressed a key for a while; you are logged out.", timeout=10)
    person.child.expect(pexpect.EOF)


def test_a_passphrase_is_not_on_the_screen(tmp_path: Path) -> None:
    for terminal in ("dumb", "xterm"):
        person = Person(SHELL, str(tmp_path / terminal), terminal=terminal)
        person.wait(PROMPT.rstrip() if terminal == "xterm" else PROMPT)
        person.type("userconfig new user_name=bob")
        person.child.expect(">")
        person.type("Secret-Horse-9")
        person.child.expect("enter it again")
        person.child.expect(">")
        person.type("Secret-Horse-9")
        person.child.expect("Added user bob")
        assert "Secret" not in str(person.child.before)
        person.close()


def test_history_is_kept_and_has_no_answers(tmp_path: Path) -> None:
    person = Person(SHELL, str(tmp_path), terminal="xterm")
    person.wait(PROMPT.rstrip())
    person.type("setgateway")
    person.wait("[]>")
    person.type("192.0.2.1")
    person.wait("[]>")
    person.type("")
    person.wait(PROMPT.rstrip())
    person.close()
    text = (tmp_path / "history" / "alice").read_text()
    assert "+setgateway" in text and "192.0.2.1" not in text
