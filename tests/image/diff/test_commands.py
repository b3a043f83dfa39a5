import json
from pathlib import Path

import pytest

from mailward.cli import run
from mailward.errors import ExitStatus
from tests.image.diff.sample import AFTER, BEFORE


@pytest.fixture
def sides(tmp_path: Path) -> list[str]:
    (tmp_path / "old").mkdir()
    (tmp_path / "old/mailward_14.2.3-030.manifest.json").write_text(json.dumps(BEFORE))
    (tmp_path / "new.manifest.json").write_text(json.dumps(AFTER))
    return [str(tmp_path / "old"), str(tmp_path / "new.manifest.json")]


def test_in_words(sides: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "diff", *sides]) == ExitStatus.OK
    assert capsys.readouterr().out.splitlines() == [
        "14.2.3-030 -> 14.2.3-031",
        "Kernel: 6.12.41-amd64 -> 6.12.43-amd64",
        "Debian packages: 2 added, 2 removed, 1 changed",
        "  - linux-image-6.12.41-amd64 6.12.41-1",
        "  + linux-image-6.12.43-amd64 6.12.43-1",
        "  ~ openssl 3.5.1-1 -> 3.5.4-1",
        "  - telnetd 0.17",
        "  + zstd 1.5.7",
        "Python packages: none",
        "Units: 1 added",
        "  + usr/lib/systemd/system/new.timer",
        "Configuration files: 1 removed, 1 changed",
        "  - etc/old",
        "  ~ etc/ssh/sshd_config",
        "Sizes:",
        "  root file system: 200.0 -> 201.0 MiB (+1.0)",
    ]


def test_as_markdown_for_release_notes(sides: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "diff", "--markdown", *sides]) == ExitStatus.OK
    said = capsys.readouterr().out
    assert said.startswith("## Changes from 14.2.3-030 to 14.2.3-031\n")
    assert "| openssl | 3.5.1-1 | 3.5.4-1 |" in said
    assert "- `/etc/ssh/sshd_config` changed" in said
    assert "Python" not in said, "what did not change is not mentioned"


def test_as_json(sides: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "diff", "--json", *sides]) == ExitStatus.OK
    document = json.loads(capsys.readouterr().out)
    assert document["kernel"]["after"] == "6.12.43-amd64"
    assert [change["name"] for change in document["debian"] if change["kind"] == "changed"] == ["openssl"]
    assert document["sizes"] == [{"part": "root", "before": 200 << 20, "after": 201 << 20}]


@pytest.mark.parametrize("content", ["{}", "{not json", '{"manifest_version": 1}', "no image", ""])
def test_what_is_no_side_is_refused(
    sides: list[str], tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong").write_text(content)
    assert run(["image", "diff", sides[0], str(tmp_path / "wrong")]) == ExitStatus.USAGE
    assert "What to do: Give " in capsys.readouterr().err


def test_a_folder_without_a_manifest_is_refused(
    sides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["image", "diff", sides[0], str(tmp_path / "empty")]) == ExitStatus.USAGE
    assert "it has no files *.manifest.json" in capsys.readouterr().err
