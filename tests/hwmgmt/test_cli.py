"""What holds for every `mailward hw` command."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hwmgmt.cli import hw

DOCS = Path(__file__).parents[2] / "docs"


def leaves(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, *path, name)
        else:
            yield (*path, name), command


COMMANDS = dict(leaves(hw))
each_command = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)


@each_command
def test_it_has_json_and_help_with_examples(path: tuple[str, ...]) -> None:
    options = {name for parameter in COMMANDS[path].params for name in parameter.opts}
    assert "--json" in options
    # A command line is readable by everyone on the machine.
    assert "--password" not in options
    shown = CliRunner().invoke(hw, [*path, "--help"]).output
    assert "Example" in shown
    assert f"mailward hw {' '.join(path)}" in shown or f"mailward hw {' '.join(path[:-1])}" in shown


@each_command
def test_its_page_explains_it(path: tuple[str, ...]) -> None:
    pages = [*DOCS.glob("hardware*.md"), *DOCS.glob("hardware/*.md")]
    text = "".join(page.read_text() for page in pages)
    # A group's default may be left out: `hw sel` is `hw sel list`.
    names = path[:-1] if path[-1] in ("show", "list") else path
    assert f"hw {' '.join(names)}" in text
