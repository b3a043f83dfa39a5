import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwmgmt.models.catalogue import UnknownModel
from hwmgmt.models.model import UnsupportedModel
from image import build
from image.keys.site import KeysUnreadable
from mailward.cli import run
from mailward.errors import ExitStatus
from mailward.version import Version

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


def request_for(model: str, folder: Path) -> build.Request:
    return build.Request(model, Version.parse("14.2.3-031"), folder / "out", folder / "cache")


def test_a_model_is_named_as_in_the_catalogue(tmp_path: Path) -> None:
    assert build.supported(request_for("c300v", tmp_path)).model == "C300V"


def test_no_image_for_a_model_that_does_not_exist_or_is_not_supported(tmp_path: Path) -> None:
    """U5. Nothing is made, not even the cache."""
    with pytest.raises(UnknownModel):
        build.build(request_for("C30V", tmp_path))
    with pytest.raises(UnsupportedModel, match="C680 is not supported: "):
        build.build(request_for("C680", tmp_path))
    assert not list(tmp_path.iterdir())


def test_the_command_refuses_a_model_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["image", "build", "--output", str(tmp_path / "out"), "--cache-dir", str(tmp_path / "cache")]
    assert run([*words, "--model", "C30V"]) == ExitStatus.USAGE
    assert "Did you mean" in capsys.readouterr().err
    assert run([*words, "--model", "X1070"]) == ExitStatus.REJECTED
    assert "What to do: Keep the release it has" in capsys.readouterr().err


def test_credentials_given_at_build_lie_where_systemd_finds_them_and_nobody_else_reads(
    tmp_path: Path,
) -> None:
    build._stage_credentials(tmp_path, {"mailward.admin.authorized-keys": "ssh-ed25519 AAAA me\n"})
    stored = tmp_path / "usr/lib/credstore/mailward.admin.authorized-keys"
    assert stored.read_text() == "ssh-ed25519 AAAA me\n"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


def test_ids_in_an_image_are_those_of_its_release() -> None:
    """Two builds of a release are the same bytes, and two releases do not share partition ids."""
    one, other = Version.parse("14.2.3-031"), Version.parse("14.2.3-032")
    assert build.seed(one) == build.seed(Version.parse("14.2.3-031"))
    assert build.seed(one) != build.seed(other)


def test_keys_are_looked_at_before_anything_is_made(tmp_path: Path) -> None:
    request = replace(request_for("C100V", tmp_path), keys=tmp_path / "nowhere")
    with pytest.raises(KeysUnreadable, match="is missing"):
        build.build(request)
    assert not list(tmp_path.iterdir())
