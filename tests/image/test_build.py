import os
import stat
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from image import build

chunks = st.lists(st.sampled_from([b"\0" * 64, b"x" * 64, b"\0" * 32 + b"y" * 32, b"", b"z"]), max_size=12)


@settings(max_examples=30)
@given(chunks)
def test_sparse_copy_is_equal(parts: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a", Path(folder) / "b"
        source.write_bytes(b"".join(parts))
        build.copy_sparse(source, target, block=64)
        assert target.read_bytes() == source.read_bytes()


def test_sparse_copy_leaves_holes(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"\0" * (4 << 20) + b"end")
    build.copy_sparse(source, target)
    assert target.stat().st_blocks * 512 < 1 << 20


def test_modes_do_not_depend_on_the_checkouts_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        build._stage_definitions(tmp_path / "definitions")
    finally:
        os.umask(before)
    modes = {
        path.relative_to(tmp_path / "definitions"): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "definitions").rglob("*")
        if not path.is_symlink()
    }
    assert modes[Path("mkosi.conf")] == 0o644
    assert modes[Path("mkosi.extra/etc")] == 0o755
    assert modes[Path("mkosi.extra/usr/bin/mailward")] == 0o755
    assert modes[Path("mkosi.extra/etc/sudoers.d/mailward")] == 0o440


def test_what_a_killed_build_left_is_cleared_away(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "output").mkdir(parents=True)
    (work / "output/half.raw").touch()
    build._clear(work)
    assert not list((work / "output").iterdir())
