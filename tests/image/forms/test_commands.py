import json
import re
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from image.cli import image
from image.command import CommandFailed
from image.forms.lint.archive import BadOva
from mailward.cli import run
from mailward.errors import ExitStatus
from tests.image.forms.gpt import raw_image
from tests.image.forms.lint.sample import files, pack


def test_lint_of_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "m.ova").write_bytes(pack(files()))
    done = CliRunner().invoke(image, ["lint", str(tmp_path / "m.ova")], standalone_mode=False)
    assert (done.return_value, done.output) == (ExitStatus.OK, "checks: 29, findings: none\n")


def test_lint_of_a_bad_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "m.ova").write_bytes(pack(files(lambda text: re.sub("vmx-15", "vmx-10", text))))
    done = CliRunner().invoke(image, ["lint", str(tmp_path / "m.ova")], standalone_mode=False)
    assert done.return_value == ExitStatus.FAILED
    assert "hardware.too-old: vmx-10 is refused" in done.output
    assert "  Write vmx-13 or later" in done.output
    document = json.loads(CliRunner().invoke(image, ["lint", "--json", str(tmp_path / "m.ova")]).output)
    assert [found["id"] for found in document["findings"]] == ["hardware.too-old"]


def test_lint_of_what_is_no_ova(tmp_path: Path) -> None:
    done = CliRunner().invoke(image, ["lint", str(tmp_path)], standalone_mode=False)
    assert isinstance(done.exception, BadOva)
    assert done.exception.exit_status == ExitStatus.USAGE


@pytest.mark.parametrize("command", ["convert", "lint"])
def test_help_has_examples(command: str) -> None:
    assert f"mailward image {command}" in CliRunner().invoke(image, [command, "--help"]).output


@pytest.mark.process
@pytest.mark.parametrize("options", [[], ["--controller", "lsilogic", "--hardware", "13"]])
def test_what_convert_makes_has_no_findings(options: list[str], tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "mailward-C100V-14.2.3-031.raw")
    words = ["convert", str(raw), "--model", "C100V", "--format", "ova", "--json", *options]
    made = json.loads(CliRunner().invoke(image, words).stdout)
    assert made["file"] == str(raw.with_suffix(".ova"))
    done = CliRunner().invoke(image, ["lint", made["file"]], standalone_mode=False)
    assert (done.return_value, done.output) == (ExitStatus.OK, "checks: 29, findings: none\n")


@pytest.mark.process
def test_the_log_of_a_conversion_that_failed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = raw_image(tmp_path / "a.raw")
    program = tmp_path / "bin/qemu-img"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    words = ["convert", str(raw), "--model", "C100V", "--format", "vmdk", "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(image, words, standalone_mode=False)
    assert isinstance(done.exception, CommandFailed)
    assert "no such thing" in Path(done.exception.fields["log"]).read_text()
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--format", "iso"], ExitStatus.USAGE, "there is no form 'iso'"),
        (["--format", "raw,ova", "--model", "C695"], ExitStatus.REJECTED, "C695 is a machine"),
        (["--format", "ova", "--hardware", "10"], ExitStatus.USAGE, "vmx-10"),
        (["--format", "ova", "--sign-key", "x"], ExitStatus.USAGE, "belong together"),
        (
            ["--format", "ova", "--sign-key", "/x", "--sign-cert", "/x"],
            ExitStatus.USAGE,
            "cannot sign an OVA",
        ),
        (["--format", "release"], ExitStatus.USAGE, "a release is signed"),
        (["--format", "installer", "--install-disk", "a b"], ExitStatus.USAGE, "command line"),
        (["--format", "qcow2", "--model", "C680"], ExitStatus.REJECTED, "C680 is not supported"),
    ],
)
def test_build_refuses_before_it_begins(
    words: list[str], status: ExitStatus, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ["--output", str(tmp_path / "out"), "--cache-dir", str(tmp_path / "cache")]
    assert run(["image", "build", *places, *words]) == status
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
