import os
from pathlib import Path

import pytest

from image import stamp


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("image/definitions", "gateway", "requirements"):
        (root / name).mkdir(parents=True)
    (root / "requirements/runtime.txt").write_text("a==1\n")
    (root / "image/definitions/mkosi.conf").write_text("[Output]\n")
    (root / "image/definitions/link").symlink_to("mkosi.conf")
    (root / "gateway/server.py").write_text("x = 1\n")
    return root


def test_same_inputs_same_digest(project: Path) -> None:
    assert stamp.digest(project, ["v1"]) == stamp.digest(project, ["v1"])


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "gateway/server.py").write_text("x = 2\n"),
        lambda root: (root / "gateway/new.py").touch(),
        lambda root: (root / "gateway/server.py").rename(root / "gateway/other.py"),
        lambda root: (root / "gateway/server.py").chmod(0o755),
        lambda root: (root / "requirements/runtime.txt").write_text("a==2\n"),
        lambda root: (
            (root / "image/definitions/link").unlink(),
            (root / "image/definitions/link").symlink_to("x"),
        ),
    ],
)
def test_each_change_changes_it(project: Path, change: object) -> None:
    before = stamp.digest(project, ["v1"])
    assert callable(change)
    change(project)
    assert stamp.digest(project, ["v1"]) != before


def test_words_are_not_run_together(project: Path) -> None:
    assert stamp.digest(project, ["ab", "c"]) != stamp.digest(project, ["a", "bc"])


def test_bytecode_does_not_count(project: Path) -> None:
    before = stamp.digest(project, [])
    (project / "gateway/__pycache__").mkdir()
    (project / "gateway/__pycache__/server.cpython-311.pyc").touch()
    assert stamp.digest(project, []) == before


def test_output_is_current_until_touched(tmp_path: Path) -> None:
    image = tmp_path / "image.raw"
    image.write_bytes(b"image")
    assert not stamp.is_current(tmp_path, [image], "d")
    stamp.write(tmp_path, [image], "d")
    assert stamp.is_current(tmp_path, [image], "d")
    assert not stamp.is_current(tmp_path, [image], "other")
    os.utime(image, ns=(1, 1))
    assert not stamp.is_current(tmp_path, [image], "d")


def test_missing_output_and_damaged_record_mean_build(tmp_path: Path) -> None:
    image = tmp_path / "image.raw"
    image.touch()
    stamp.write(tmp_path, [image], "d")
    image.unlink()
    assert not stamp.is_current(tmp_path, [image], "d")
    image.touch()
    (tmp_path / stamp.NAME).write_text("{")
    assert not stamp.is_current(tmp_path, [image], "d")
