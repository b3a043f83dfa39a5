import os
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from image.command import CommandFailed, CommandMissing, Runner, advice_for


@pytest.mark.process
def test_failed_command_is_shown_so_that_it_can_be_pasted(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "log", {"GREETING": "hello world"})
    script = 'echo "$GREETING" >&2; pwd; exit 7'
    with pytest.raises(CommandFailed) as failed:
        runner.run(["sh", "-c", script], cwd=tmp_path)
    assert failed.value.fields["status"] == 7
    assert "hello world" in str(failed.value)
    pasted = subprocess.run(failed.value.fields["command"], shell=True, capture_output=True, text=True)
    assert (pasted.returncode, pasted.stderr.strip(), pasted.stdout.strip()) == (
        7,
        "hello world",
        str(tmp_path),
    )
    assert shlex.quote(script) in failed.value.hint()


@pytest.mark.process
def test_output_goes_into_the_log_behind_its_command(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "log")
    runner.run(["echo", "one"])
    runner.run(["echo", "two"])
    assert (tmp_path / "log").read_text() == "$ echo one\none\n$ echo two\ntwo\n"


@pytest.mark.process
def test_only_this_commands_output_is_quoted(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "log")
    runner.run(["echo", "from before"])
    with pytest.raises(CommandFailed) as failed:
        runner.run(["sh", "-c", "echo now; false"])
    assert failed.value.fields["tail"].strip() == "now"


@pytest.mark.process
def test_missing_program_names_its_package(tmp_path: Path) -> None:
    with pytest.raises(CommandMissing) as missing:
        Runner(tmp_path / "log").run(["no-such-program"], package="some-package")
    assert missing.value.hint() == "Install it: apt-get install some-package"


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("E: Failed to fetch x  Temporary failure resolving 'mirror.example'", "network"),
        ("mkfs.erofs: No space left on device", "df -h"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "locked"),
        ("E: The repository 'http://m.example trixie Release' does not have a Release file.", "--mirror"),
        ("unshare: unshare failed: Operation not permitted", "sudo"),
    ],
)
def test_causes_that_have_a_cure_are_recognised(output: str, word: str) -> None:
    assert word in advice_for(output)


def test_unknown_cause_gets_no_invented_advice() -> None:
    assert advice_for("it broke") == ""


@pytest.mark.process
def test_what_a_program_makes_has_the_same_modes_whoever_builds(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        Runner(tmp_path / "log").run(["touch", tmp_path / "made"])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o644
