import stat
from pathlib import Path

from image import reproduce


def outputs(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_everything_but_the_builds_notes_is_compared(tmp_path: Path) -> None:
    one = outputs(tmp_path / "one", raw=b"same", release__root=b"abc", ova=b"x", _=b"")
    other = outputs(tmp_path / "other", raw=b"same", release__root=b"abX", _=b"")
    (one / ".mailward-build.json").write_text("first")
    found = {item.name: item for item in reproduce.compare(one, other)}
    assert set(found) == {"raw", "release/root", "ova", "_"}
    assert found["raw"].place is None
    differs, missing = found["release/root"].place, found["ova"].place
    assert differs and (differs.offset, differs.differing) == (2, 1)
    assert missing and missing.where == f"{other / 'ova'} is not there"


def test_a_checkout_has_the_modes_of_its_umask(tmp_path: Path) -> None:
    tree = outputs(tmp_path / "tree", image__build=b"")
    (tree / "image/build").chmod(0o755)
    reproduce._under(0o077, tree)
    assert stat.S_IMODE((tree / "image/build").stat().st_mode) == 0o700
    assert stat.S_IMODE((tree / "image").stat().st_mode) == 0o700


def test_the_two_habits_differ_in_all_that_must_not_matter() -> None:
    first, second = reproduce.HABITS
    assert first.umask != second.umask
    assert all(first.environment[name] != second.environment[name] for name in first.environment)
