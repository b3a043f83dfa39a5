from __future__ import annotations

from pathlib import Path

import pytest

from mailward.version import Version
from upgrade.snapshot import Copies, SnapshotFailed

OLD, NEW = Version(14, 2, 3, 27), Version(14, 2, 3, 31)


def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path / "public", tmp_path / "private")


def test_what_is_sealed_comes_out_again_and_nobody_can_read_it(tmp_path: Path) -> None:
    kept = copies(tmp_path)
    path = kept.seal(OLD, b"<secret/>")
    kept.stage(NEW, b"<other/>")
    assert kept.open(OLD) == b"<secret/>" and kept.staged(NEW) == b"<other/>" and kept.open(NEW) is None
    assert b"secret" not in path.read_bytes() and path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "private/key").stat().st_mode & 0o777 == 0o600
    kept.forget(NEW)
    assert kept.staged(NEW) is None


def test_a_changed_checkpoint_is_refused(tmp_path: Path) -> None:
    kept = copies(tmp_path)
    path = kept.seal(OLD, b"<secret/>")
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(SnapshotFailed, match="was changed"):
        kept.open(OLD)
    # Nor is one taken for that of another version.
    kept.seal(OLD, b"a").rename(tmp_path / f"private/checkpoint-{NEW}")
    with pytest.raises(SnapshotFailed):
        kept.open(NEW)


def test_the_copy_for_people_can_be_reached_by_their_group(tmp_path: Path) -> None:
    path = copies(tmp_path).save_masked("C100V-1-14.2.3-027.xml", b"<x/>")
    assert path.read_bytes() == b"<x/>" and path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file")
    with pytest.raises(SnapshotFailed, match="cannot be written"):
        copies(tmp_path).save_masked("x.xml", b"")
