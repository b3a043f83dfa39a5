"""Files are written where they differ, whole, and can be put back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.apply.tree import File, Folder, Link, Node
from gateway.apply.writer import MANIFEST, Writer

A, B = "/run/x/a", "/run/x/b"


def tree(**nodes: Node) -> dict[str, Node]:
    return {f"/run/x/{name}": node for name, node in nodes.items()}


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    first = tree(a=File(b"1"), b=Link("a"), c=File(b"3", 0o600))
    assert writer.write(first).changed == set(first)
    assert writer.write(first).changed == frozenset()
    assert (tmp_path / "run/x/a").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "run/x/c").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "run/x/a").stat().st_ino
    assert writer.write({**first, B: Link("c")}).changed == {B}
    assert (tmp_path / "run/x/a").stat().st_ino == before
    assert (tmp_path / "run/x/b").readlink() == Path("c")


def test_a_change_of_mode_alone_is_one(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.write({A: File(b"1", 0o644)})
    assert writer.write({A: File(b"1", 0o600)}).changed == {A}


def test_what_is_no_longer_wanted_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.write(tree(a=File(b"1"), b=File(b"2")))
    (tmp_path / "run/x/other").write_text("theirs")
    assert writer.write(tree(a=File(b"1"))).changed == {B}
    assert sorted(entry.name for entry in (tmp_path / "run/x").iterdir()) == ["a", "other"]


def test_restore_is_as_before(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    old = tree(a=File(b"1", 0o600), b=Link("a"))
    writer.write(old)
    written = writer.write({A: File(b"changed"), "/run/x/new": File(b"n")})
    assert written.changed == {A, B, "/run/x/new"}
    writer.restore(written)
    assert writer.write(old).changed == frozenset()
    assert not (tmp_path / "run/x/new").exists()


def test_a_process_that_died_half_way_leaves_nothing_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path)
    writer.write({A: File(b"1")})

    class Killed(BaseException):
        pass

    count = 0
    real = Writer._list

    def second_time(self: Writer, paths: object) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise Killed
        real(self, paths)  # type: ignore[arg-type]

    monkeypatch.setattr(Writer, "_list", second_time)
    with pytest.raises(Killed):
        writer.write({B: File(b"2")})
    monkeypatch.setattr(Writer, "_list", real)
    Writer(tmp_path).write({A: File(b"1")})
    assert sorted(entry.name for entry in (tmp_path / "run/x").iterdir()) == ["a"]


def test_a_disk_that_takes_no_more_leaves_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(tmp_path)
    old = tree(a=File(b"1"), b=File(b"2"))
    writer.write(old)
    real = Writer._put

    def full(self: Writer, path: str, node: Node) -> None:
        if path == B and isinstance(node, File) and node.content == b"new":
            raise OSError(28, "No space left on device")
        real(self, path, node)

    monkeypatch.setattr(Writer, "_put", full)
    with pytest.raises(OSError, match="No space"):
        writer.write(tree(a=File(b"new"), b=File(b"new")))
    assert (tmp_path / "run/x/a").read_bytes() == b"1"


def test_folders_are_made_and_left(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    home = {"/var/home/ann": Folder(0o700, os.getuid(), os.getgid())}
    writer.write(home)
    (tmp_path / "var/home/ann/notes").write_text("mine")
    writer.write({})
    assert (tmp_path / "var/home/ann/notes").read_text() == "mine"


def test_the_list_is_root_s(tmp_path: Path) -> None:
    Writer(tmp_path).write({A: File(b"1")})
    assert (tmp_path / MANIFEST.removeprefix("/")).stat().st_mode & 0o777 == 0o600
