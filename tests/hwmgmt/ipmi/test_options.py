"""The options of all commands about a BMC."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hwmgmt.ipmi.options import Connection, DefaultGroup, bmc_options
from hwmgmt.ipmi.target import InBand, Lan


@click.group(cls=DefaultGroup, default="show")
def group() -> None:
    """A group."""


@group.command()
@click.option("--loud", is_flag=True)
def show(loud: bool) -> None:
    """Show it."""
    click.echo("SHOWN" if loud else "shown")


@click.command()
@bmc_options
def where(connection: Connection) -> Connection:
    return connection


def connection(*words: str) -> Connection:
    done = CliRunner().invoke(where, words, standalone_mode=False)
    assert isinstance(done.return_value, Connection), done.exception
    return done.return_value


@pytest.mark.parametrize(
    ("words", "output"),
    [([], "shown"), (["show"], "shown"), (["--loud"], "SHOWN"), (["show", "--loud"], "SHOWN")],
)
def test_the_default_subcommand_may_be_left_out(words: list[str], output: str) -> None:
    assert CliRunner().invoke(group, words).output.strip() == output


def test_a_slip_is_no_default() -> None:
    done = CliRunner().invoke(group, ["shwo"])
    assert done.exit_code == 2
    assert "No such command" in done.output
    assert "A group" in CliRunner().invoke(group, ["--help"]).output


def test_without_a_host_it_is_this_machine() -> None:
    assert isinstance(connection("--deadline", "2").target, InBand)
    assert connection("--deadline", "2").answer_s == 2


def test_the_password_comes_from_a_file_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILWARD_IPMI_PASSWORD", "from-environment")
    (tmp_path / "password").write_text("from-file\n")
    target = connection("--host", "bmc", "--user", "op", "--password-file", str(tmp_path / "password")).target
    assert target == Lan("bmc", "op", "from-file")
    assert connection("--host", "bmc").target == Lan("bmc", "admin", "from-environment")
