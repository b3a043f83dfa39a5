"""Commands of the command line on the console."""

from typing import Any

import click
import pytest

from gateway.config.elements.roles import Role
from gateway.console import table
from gateway.console.clicked import Clicked, NotWell
from gateway.console.errors import BadAnswer, NotPermitted
from gateway.console.identity import Identity
from gateway.console.questions import Question, Text
from mailward.output import json_option, print_json
from tests.gateway.console.scripted import Console


@click.group()
def tool() -> None:
    """A group."""


@tool.command()
@click.option("--file", type=click.Path())
@click.option("--count", type=click.IntRange(0, 9), default=1)
@click.option("--kind", type=click.Choice(["a", "b"]), default="a")
@click.argument("name", default="")
@json_option
def show(file: str | None, count: int, kind: str, name: str, as_json: bool) -> int:
    """Show it."""
    if as_json:
        print_json({"count": count, "name": name})
    else:
        click.echo(f"{kind} {count} {name or file}")
    return 1 if count == 9 else 0


def handled(monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
    monkeypatch.setattr("gateway.console.dispatch.load", lambda place: handler)


def test_words_and_output_are_the_commands_own(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    handled(monkeypatch, Clicked(tool))
    assert console.text("health", "show", "--count", "3", "x") == "a 3 x\n"
    assert console.batch("health", "show", "x") == {"count": 1, "name": "x"}
    assert "Show it." in console.text("health", "show", "--help")
    with pytest.raises(BadAnswer):
        console.text("health", "show", "--count", "12")
    with pytest.raises(NotWell):
        console.text("health", "show", "--count", "9")


def test_a_person_is_asked(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    handled(monkeypatch, Clicked(show, (Question("name", "Which?", Text()),), arguments=("name",)))
    assert console.dialogue("health", "--all").endswith("a 1 --all\n")


@pytest.mark.parametrize("words", [["--file", "/etc/shadow"], ["--file=/etc/shadow"], ["/etc/shadow"]])
def test_root_opens_no_file_for_who_has_no_shell(
    console: Console, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    handled(monkeypatch, Clicked(tool))
    assert "/etc/shadow" in console.text("health", "show", *words)
    for role in set(Role) - {Role.ADMINISTRATOR, Role.HELPDESK}:
        console.who = Identity("alice", role, 1001)
        with pytest.raises(NotPermitted):
            console.text("health", "show", *words)
        assert console.text("health", "show", "--count", "2", "--kind", "b") == "b 2 None\n"


def test_thresholds_of_health_are_a_file(console: Console) -> None:
    assert table.find("health").right.value == "status"
    console.who = Identity("alice", Role.GUEST, 1001)
    with pytest.raises(NotPermitted):
        console.text("health", "--thresholds", "/etc/shadow")
    with pytest.raises(NotPermitted):
        console.text("health", "--host", "192.0.2.1")
