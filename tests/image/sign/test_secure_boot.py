"""What is signed with which key, and what lies on the EFI partition for the firmware."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from image.build import DEFINITIONS
from image.keys import site
from image.sign import secure_boot


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site.create(tmp_path_factory.mktemp("k") / "site", "Example", years=1, bits=2048).folder


def test_a_build_sees_the_signing_key_and_no_other_private_one(keys: Path) -> None:
    files = secure_boot.signing_files(keys)
    assert [path.name for path in files] == ["db.key", "db.crt"]
    words = [*secure_boot.mkosi_words(keys), *secure_boot.ukify_words(keys)]
    named = {word.partition("=")[2] for word in words}
    assert {path.name for path in keys.iterdir() if str(path) in named} == {"db.key", "db.crt"}


def test_only_public_halves_are_offered_to_the_firmware(keys: Path, tmp_path: Path) -> None:
    secure_boot.stage_enrolment(tmp_path, keys)
    offered = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [str(path.relative_to(tmp_path)) for path in offered] == [
        f"efi/loader/keys/auto/{role}.auth" for role in ("KEK", "PK", "db")
    ]
    for path in offered:
        assert path.read_bytes() == (keys / path.name).read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_hardware_is_never_enrolled_by_itself() -> None:
    """A machine whose cards' firmware is signed by another may not start afterwards: a person has to choose."""
    settings = (DEFINITIONS / "mkosi.extra/efi/loader/loader.conf").read_text()
    assert re.findall(r"^secure-boot-enroll (\S+)$", settings, re.MULTILINE) == ["if-safe"]
    assert re.findall(r"^editor (\S+)$", settings, re.MULTILINE) == ["no"]


def test_what_opens_var_is_the_same_in_the_initrd_and_when_bound_again() -> None:
    initrd = DEFINITIONS / "mkosi.images/initrd/mkosi.extra/usr/lib/systemd/system"
    policy = r"7\+15:sha256=0{64}\b"
    assert re.search(policy, (initrd / "systemd-repart.service.d/mailward.conf").read_text())
    assert re.search(policy, (DEFINITIONS / "mkosi.extra/usr/sbin/mailward-bind-var").read_text())
    # PCR 15 counts for nothing unless it is changed before anybody else runs.
    seal = (initrd / "mailward-var-seal.service").read_text()
    assert "systemd-pcrextend --pcr=15 " in seal
    assert (initrd / "initrd-fs.target.requires/mailward-var-seal.service").is_symlink()
    assert re.search(r"^Before=.*\binitrd-fs\.target\b", seal, re.MULTILINE)
