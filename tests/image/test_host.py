import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from image import host
from image.command import CommandMissing


@pytest.fixture(autouse=True)
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=100 * host.GIB))


def test_a_good_host_passes(tmp_path: Path) -> None:
    host.check(tmp_path / "cache", tmp_path / "out", cached=False)
    assert (tmp_path / "cache").is_dir()


def test_needs_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(host.NeedsRoot) as refused:
        host.check(tmp_path / "cache", tmp_path / "out", cached=False)
    assert "sudo" in refused.value.hint()
    assert not (tmp_path / "cache").exists(), "nothing is begun before the host is known to do"


def test_missing_program_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "bwrap" else program)
    with pytest.raises(CommandMissing) as missing:
        host.check(tmp_path / "cache", tmp_path / "out", cached=False)
    assert "bubblewrap" in missing.value.hint()


@pytest.mark.parametrize(
    ("free", "cached", "enough"),
    [
        (host.CACHE_BYTES, False, True),
        (host.CACHE_BYTES - 1, False, False),
        (host.CACHE_BYTES // 2, True, True),
        (host.CACHE_BYTES // 2 - 1, True, False),
    ],
)
def test_says_how_much_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, cached: bool, enough: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    if enough:
        host.check(tmp_path / "cache", tmp_path / "out", cached=cached)
        return
    with pytest.raises(host.NoSpace) as refused:
        host.check(tmp_path / "cache", tmp_path / "out", cached=cached)
    assert host.human(free) in str(refused.value)
    assert "--cache-dir" in refused.value.hint()


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(host.NotWritable) as failed:
        host.check(tmp_path / "file" / "cache", tmp_path / "out", cached=False)
    assert str(tmp_path / "file" / "cache") in str(failed.value)


def test_one_build_at_a_time(tmp_path: Path) -> None:
    with host.only_build(tmp_path), pytest.raises(host.Busy), host.only_build(tmp_path):
        pytest.fail("two builds in one cache")
    with host.only_build(tmp_path):
        pass


def test_replace_puts_a_tree_over_another(tmp_path: Path) -> None:
    for name, content in (("new", "2"), ("final", "1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(content)
    host.replace(tmp_path / "new", tmp_path / "final")
    assert (tmp_path / "final/file").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 MiB"), (512 << 20, "512 MiB"), (3 * host.GIB // 2, "1.5 GiB"), (host.GIB, "1.0 GiB")],
)
def test_human(size: int, text: str) -> None:
    assert host.human(size) == text
