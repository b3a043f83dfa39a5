from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from image.forms import release, several
from image.forms.form import Form
from image.forms.release import NeedsKeys, NotReleased, ReleaseRefused
from tests.image.forms.test_several import order

VERSION = "14.2.3-031"


def answering(status: int, output: str) -> release.Run:
    def run(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(argv, status, output)

    return run


def test_the_command_of_the_other_floor_is_called_with_its_own_options() -> None:
    words = release.words(Path("/out"), VERSION, Path("/keys"))
    assert words[1:5] == ["-m", "mailward", "release", "make"]
    assert dict(zip(words[5:-1:2], words[6::2], strict=True)) == {
        "--from": "/out", "--version": VERSION, "--keys": "/keys", "--output": "/out/releases",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "error"), [(1, NotReleased), (2, ReleaseRefused), (3, ReleaseRefused)])
def test_what_it_says_is_handed_on(status: int, error: type[Exception]) -> None:
    said = json.dumps({"error": "x", "message": "it is there already", "remedy": "Take another number"})
    with pytest.raises(error, match="the release was not made: it is there already") as failed:
        release.make(Path("/out"), VERSION, Path("/keys"), answering(status, said))
    assert isinstance(failed.value, NotReleased | ReleaseRefused)
    assert failed.value.hint() == "Take another number"
    with pytest.raises(error, match="says nothing more"):
        release.make(Path("/out"), VERSION, Path("/keys"), answering(status, "Traceback"))


def test_a_release_is_made_once_of_one_image(tmp_path: Path) -> None:
    calls = []

    def make(built: Path, version: str, keys: Path) -> Path:
        calls.append(version)
        folder = built / release.FOLDER / version
        folder.mkdir(parents=True)
        (folder / release.SUMS).write_text("sums")
        (folder / "release.json").write_text("{}")
        return folder

    wanted = replace(order(tmp_path, Form.RELEASE), keys=tmp_path / "keys")
    files = several.publish(wanted, "image", make)
    assert [(file.file.name, file.form, file.made) for file in files] == [
        ("SHA256SUMS", "release", True),
        ("release.json", "release", True),
    ]
    assert not any(file.made for file in several.publish(wanted, "image", make))
    assert calls == [VERSION]
    with pytest.raises(FileExistsError):
        several.publish(wanted, "another image", make)


def test_without_keys_there_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(NeedsKeys):
        several.publish(order(tmp_path, Form.RELEASE), "image")
