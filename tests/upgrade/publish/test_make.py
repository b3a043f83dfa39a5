"""Making a release of a build and checking it, with zstd and openssl as people have them."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
from pathlib import Path

import pytest

from mailward.cli import run
from mailward.errors import ExitStatus
from mailward.version import Version
from tests.upgrade.publish.test_keys import folder

pytestmark = pytest.mark.process

VERSION = Version.parse("14.2.3-031")
BLOCKS, SALT = 3, b"salt" * 8
TOP = b"".join(hashlib.sha256(SALT + b"root" * 1024).digest() for _ in range(BLOCKS)).ljust(4096, b"\0")
HASH = hashlib.sha256(SALT + TOP).hexdigest()
TREE = (
    struct.pack(
        "<8sII16s32sIIQH6x256s", b"verity\0\0", 1, 1, bytes(16), b"sha256", 4096, 4096, BLOCKS, 32, SALT
    )
).ljust(4096, b"\0") + TOP


def pe(command_line: str) -> bytes:
    """The least that is a PE file with a kernel command line."""
    section = struct.pack("<8sIIII16x", b".cmdline", len(command_line), 0, len(command_line), 256)
    head = (
        b"MZ".ljust(60, b"\0")
        + struct.pack("<I", 64)
        + b"PE\0\0"
        + struct.pack("<HHIIIHH", 0, 1, 0, 0, 0, 0, 0)
    )
    return (head + section).ljust(256, b"\0") + command_line.encode()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return folder(tmp_path / "keys")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    (out / f"mailward_{VERSION}.root.raw").write_bytes(b"root" * 1024 * BLOCKS + bytes(100000))
    (out / f"mailward_{VERSION}.verity.raw").write_bytes(TREE + bytes(50000))
    (out / f"mailward_{VERSION}.efi").write_bytes(pe(f"roothash={HASH} console=tty0"))
    (out / f"mailward_{VERSION}.spdx.json").write_text("{}")
    return out


@pytest.fixture
def releases(tmp_path: Path, built: Path, keys: Path) -> Path:
    words = ["release", "make", "--from", str(built), "--version", str(VERSION), "--keys", str(keys)]
    assert run([*words, "--output", str(tmp_path / "www")]) == ExitStatus.OK
    assert run([*words, "--output", str(tmp_path / "www")]) == ExitStatus.REJECTED, "a release never changes"
    return tmp_path / "www"


def test_standard_tools_check_a_release(releases: Path, keys: Path) -> None:
    made = releases / str(VERSION)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=made, check=True)
    for place, name in ((made, "SHA256SUMS"), (made, "release.json"), (releases, "index.json")):
        words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(keys / "release.pub"), "-rawin"]
        subprocess.run([*words, "-in", name, "-sigfile", f"{name}.sig"], cwd=place, check=True)


def test_names_carry_the_halves_of_the_root_hash(releases: Path) -> None:
    """verity finds a root by them."""
    names = {path.name for path in (releases / str(VERSION)).iterdir()}
    first = f"{HASH[:8]}-{HASH[8:12]}-{HASH[12:16]}-{HASH[16:20]}-{HASH[20:32]}"
    assert f"mailward_{VERSION}_{first}.root.raw.zst" in names
    assert {"release.json", "SHA256SUMS", "SHA256SUMS.sig", f"mailward_{VERSION}.spdx.json"} < names


def test_only_what_the_hash_tree_covers_travels(releases: Path) -> None:
    """The rest of a slot is never read."""
    made = releases / str(VERSION)
    (root,), (verity,) = made.glob("*.root.raw.zst"), made.glob("*.verity.raw.zst")
    unpack = ["zstd", "-q", "-d", "-c"]
    assert subprocess.run([*unpack, root], capture_output=True, check=True).stdout == b"root" * 1024 * BLOCKS
    assert subprocess.run([*unpack, verity], capture_output=True, check=True).stdout == TREE


def test_verify_believes_it_and_nothing_that_was_changed(
    releases: Path, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = releases / str(VERSION)
    words = ["release", "verify", str(made), "--keys", str(keys / "release.pub"), "--json"]
    assert run(words) == ExitStatus.OK
    capsys.readouterr()
    kernel = made / f"mailward_{VERSION}.efi"
    sound = kernel.read_bytes()
    kernel.write_bytes(sound[:-1] + b"?")
    assert run(words) == ExitStatus.REJECTED
    assert json.loads(capsys.readouterr().out)["error"] == "upgrade.release.file"
    kernel.write_bytes(sound[:-1])
    assert run(words) == ExitStatus.REJECTED
    kernel.unlink()
    assert run(words) == ExitStatus.FAILED
    kernel.write_bytes(sound)
    assert run(words) == ExitStatus.OK
    capsys.readouterr()
    stranger = folder(tmp_path / "stranger")
    assert run([*words[:3], "--keys", str(stranger), "--json"]) == ExitStatus.REJECTED
    assert json.loads(capsys.readouterr().out)["error"] == "upgrade.release.signature"
    # A change of keys: the release is signed again, by the new one.
    assert run(["release", "sign", str(made), "--keys", str(stranger)]) == ExitStatus.OK
    assert run([*words[:3], "--keys", str(stranger)]) == ExitStatus.OK
    assert run(words) == ExitStatus.REJECTED


def test_what_was_not_built_cannot_be_published(
    built: Path, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["release", "make", "--keys", str(keys), "--output", str(tmp_path / "www"), "--from", str(built)]
    assert run([*words, "--version", "14.2.3-027"]) == ExitStatus.USAGE
    assert "mailward image build --version 14.2.3-027" in capsys.readouterr().err
    assert run([*words, "--version", "14.2.3-999"]) == ExitStatus.FAILED
    assert "--document" in capsys.readouterr().err
    (built / f"mailward_{VERSION}.efi").write_bytes(pe("console=tty0"))
    assert run([*words, "--version", str(VERSION)]) == ExitStatus.USAGE
    assert "has not one root hash" in capsys.readouterr().err
    (built / f"mailward_{VERSION}.efi").write_bytes(pe(f"roothash={HASH[::-1]}"))
    assert run([*words, "--version", str(VERSION)]) == ExitStatus.USAGE
    assert "the root hash of another" in capsys.readouterr().err
    assert not list((tmp_path / "www").glob("*"))
