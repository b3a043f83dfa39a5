"""`mailward console` and the batch calls, as they are called."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.console import cli, opening
from gateway.console.errors import LoggedOut
from gateway.console.glance import Seen
from gateway.console.shell import Shell, asked_for_help, prompt_of
from mailward.cli import run
from tests.gateway.console.scripted import CONFIG, Console, Script


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.xml").write_text(CONFIG)
    monkeypatch.setattr(opening, "CONFIGURATION", tmp_path)
    monkeypatch.setattr(opening, "APPLIANCE", tmp_path / "none")
    monkeypatch.setattr(cli, "HISTORIES", tmp_path / "histories")
    monkeypatch.setenv("SUDO_UID", "0")
    return tmp_path


@pytest.mark.parametrize("way", ["console", "batch"])
def test_a_line_is_a_batch_call_with_an_exit_status(
    folder: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    def call(*words: str) -> int:
        return run(["console", "-c", " ".join(words)] if way == "console" else list(words))

    assert call("dnsconfig", "new", "192.0.2.53", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ip"] == "192.0.2.53"
    assert call("dnsconfig", "new", "nonsense", "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"] == "console.bad-answer"
    assert call("clear") == 3
    assert "--yes" in capsys.readouterr().err
    assert call("commit", "one", "server", "--json") == 0
    assert json.loads(capsys.readouterr().out)["committed"] is True
    assert "192.0.2.53" in (folder / "config.xml").read_text()


def test_the_option_is_not_mistaken_for_a_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dnsconfig", "--help"]) == 0
    assert "dnsconfig alternate new" in capsys.readouterr().out
    assert run(["console", "-c", "dnsconfig ?"]) == 0
    assert run(["console", "-c", "say 'a"]) == 2


def test_an_account_that_is_not_known_gets_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUDO_UID", "65534")
    if os.getuid() == 0:
        assert run(["console", "-c", "whoami"]) == 3
        assert "may not use the console" in capsys.readouterr().err


def test_lines_from_a_pipe_end_with_the_pipe(folder: Path) -> None:
    result = CliRunner().invoke(cli.console, input="whoami\nsethostname mx.example.com\n")
    assert result.exit_code == 0, result.output
    assert "Role: administrator" in result.output and "mail.example.com> " in result.output


def test_an_end_that_cannot_be_asked_about_is_an_end(tmp_path: Path) -> None:
    """Without a readable configuration `quit` fails; a line that hung up must not go on for ever."""
    console = Console(tmp_path, config="<config/>")

    class Gone(Script):
        def line(self, prompt: str) -> str:
            raise EOFError

    script = Gone([])
    with pytest.raises(LoggedOut):
        Shell(script, console.dispatcher(script), console.seen).run()


def test_prompts_and_question_marks() -> None:
    assert prompt_of(Seen("mail.example.com")) == "mail.example.com> "
    assert prompt_of(Seen("mail.example.com", "Europe")) == "(Cluster Europe)> "
    assert asked_for_help(["?"]) == ["help"]
    assert asked_for_help(["dnsconfig", "?"]) == ["help", "dnsconfig"]
    assert asked_for_help(["dnsconfig"]) == ["dnsconfig"]


def test_the_prompt_loads_no_model(folder: Path) -> None:
    """0.4 s to the prompt: what takes longest to import is for commands."""
    assert "pydantic" not in _imports(
        "import gateway.console.cli, gateway.console.shell, gateway.console.opening"
    )


def _imports(code: str) -> set[str]:
    """Names of modules that a text of imports needs, found in the sources, without a process."""
    import ast

    found: set[str] = set()
    waiting = [
        alias.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        path = Path(*name.split(".")).with_suffix(".py")
        path = path if path.exists() else Path(*name.split("."), "__init__.py")
        if not name.startswith(("gateway", "mailward")) or not path.exists():
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting.append(node.module)
            elif isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
    return {name.partition(".")[0] for name in found}
