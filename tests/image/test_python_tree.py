"""The locked wheels, from a folder of packages made here instead of an index."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from image import python_tree
from image.command import CommandFailed, Runner

NAME = "probe-1.0-py3-none-any.whl"


def wheel(folder: Path) -> str:
    """A wheel with one module; its SHA-256."""
    files = {
        "probe.py": "VALUE = 1\n",
        "probe-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n",
        "probe-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    files["probe-1.0.dist-info/RECORD"] = record + "probe-1.0.dist-info/RECORD,,\n"
    folder.mkdir()
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256((folder / NAME).read_bytes()).hexdigest()


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "packages"))
    return wheel(tmp_path / "packages")


@pytest.mark.process
def test_wheels_are_fetched_once_per_lock(tmp_path: Path, digest: str) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"probe==1.0 --hash=sha256:{digest}\n")
    runner = Runner(tmp_path / "log")
    first = python_tree.wheels(tmp_path / "cache", lock, runner)
    assert (first / "probe.py").read_text() == "VALUE = 1\n"
    (tmp_path / "packages" / NAME).unlink()
    assert python_tree.wheels(tmp_path / "cache", lock, runner) == first


@pytest.mark.process
def test_a_wheel_whose_hash_differs_is_refused(tmp_path: Path, digest: str) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"probe==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(CommandFailed) as refused:
        python_tree.wheels(tmp_path / "cache", lock, Runner(tmp_path / "log"))
    assert "not the one that was locked" in refused.value.hint()
    assert not list((tmp_path / "cache").glob("wheels-*"))


def test_a_list_of_files_names_none_that_was_removed(tmp_path: Path) -> None:
    (tmp_path / "probe.py").touch()
    record = tmp_path / "probe-1.0.dist-info/RECORD"
    record.parent.mkdir()
    record.write_text(
        'probe.py,sha256=a,10\n../bin/probe,sha256=b,20\n"odd,name.py",,\nprobe-1.0.dist-info/RECORD,,\n'
    )
    python_tree.keep_to_what_is_there(record)
    assert record.read_text() == "probe.py,sha256=a,10\nprobe-1.0.dist-info/RECORD,,\n"
