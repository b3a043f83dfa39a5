import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailward import cli as mailward_cli
from mailward.cli import GROUP
from mailward.errors import ExitStatus
from upgrade.cli import SUBCOMMANDS, upgrade

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_the_one_command_finds_it() -> None:
    points = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["entry-points"][GROUP]
    assert EntryPoint("upgrade", points["upgrade"], GROUP).load() is upgrade


def _hidden(name: str) -> bool:
    command = upgrade.get_command(click.Context(upgrade), name)
    assert command is not None
    return command.hidden


def test_only_what_units_and_terminals_call_is_hidden() -> None:
    assert {name for name in SUBCOMMANDS if _hidden(name)} == {"boot", "dialogue", "migrate", "resume"}


@pytest.mark.parametrize("name", sorted(name for name in SUBCOMMANDS if not _hidden(name)))
def test_every_command_has_json_help_and_examples(name: str) -> None:
    command = upgrade.get_command(click.Context(upgrade), name)
    assert command is not None
    assert any("--json" in option.opts for option in command.params)
    text = CliRunner().invoke(upgrade, [name, "--help"]).output
    assert f"mailward upgrade {name}" in text.split("Examples:")[1]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("plan --from 14.2.3-027 --to 14.2.3-031", ExitStatus.OK),
        ("plan --from 14.2.3-027 --to 14.2.3-031 --model c690", ExitStatus.OK),
        ("plan --from 14.2.3-027 --to 14.2.3-031 --model C380", ExitStatus.REJECTED),
        ("plan --from 13.5.1-278 --to 14.2.3-031", ExitStatus.REJECTED),
        ("plan --from 14.2.3-27 --to 14.2.3-031", ExitStatus.USAGE),
        ("plan --from 14.2.3-027 --to 14.2.3-031 --model C999", ExitStatus.USAGE),
        ("plan --from 14.2.3-027", ExitStatus.USAGE),
        ("notes 14.2.3-032", ExitStatus.REJECTED),
        ("notes 15", ExitStatus.USAGE),
    ],
)
@pytest.mark.parametrize("json", ["", " --json"])
def test_exit_status(words: str, status: ExitStatus, json: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("upgrade", "upgrade.cli:upgrade", GROUP)
    monkeypatch.setattr(mailward_cli, "_subcommands", lambda: {"upgrade": point})
    assert mailward_cli.run(["upgrade", *(words + json).split()]) == status
