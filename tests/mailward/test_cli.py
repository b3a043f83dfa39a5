from __future__ import annotations

import json
from importlib.metadata import EntryPoint, entry_points

import click
import pytest

from mailward import cli
from mailward.errors import ExitStatus, Failed, Rejected
from mailward.output import json_option


class Broken(Failed):
    key = "probe.broken"
    sentence = "the probe {name} broke"
    remedy = "Replace it"


class Refused(Rejected):
    key = "probe.refused"
    sentence = "not today"


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    @click.argument("how")
    @json_option
    def command(how: str, as_json: bool) -> None:
        if how == "interrupt":
            raise click.exceptions.Abort
        if how != "well":
            raise {"broken": Broken(name="p1"), "refused": Refused()}[how]

    monkeypatch.setattr(cli.mailward, "get_command", lambda ctx, name: command if name == "probe" else None)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["probe", "well"], ExitStatus.OK),
        (["probe", "broken"], ExitStatus.FAILED),
        (["probe", "refused"], ExitStatus.REJECTED),
        (["probe", "interrupt"], ExitStatus.INTERRUPTED),
        (["probe"], ExitStatus.USAGE),
        (["nonsense"], ExitStatus.USAGE),
    ],
)
def test_exit_status_says_what_kind_of_end_it_was(probe: None, words: list[str], status: ExitStatus) -> None:
    assert cli.run(words) == status


def test_an_error_is_a_sentence_and_a_remedy(probe: None, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["probe", "broken"])
    said = capsys.readouterr()
    assert said.err.splitlines() == ["mailward: the probe p1 broke.", "  What to do: Replace it."]
    assert said.out == ""


def test_with_json_an_error_is_a_document(probe: None, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["probe", "broken", "--json"])
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] == "probe.broken"
    assert said.err == ""


def test_a_floor_that_is_not_installed_has_no_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("here", "mailward.cli:mailward", cli.GROUP),
        EntryPoint("gone", "absent.cli:x", cli.GROUP),
    ]
    monkeypatch.setattr(cli, "entry_points", lambda group: points)
    assert list(cli._subcommands.__wrapped__()) == ["here"]


def test_every_command_that_is_announced_loads_and_has_help() -> None:
    announced = entry_points(group=cli.GROUP)
    assert {"hw", "image", "serve", "upgrade"} <= {point.name for point in announced}
    for point in announced:
        command = point.load()
        assert isinstance(command, click.Command), point.name
        assert command.help, point.name
