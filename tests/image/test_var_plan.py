"""The initrd's decision whether `/var` is made encrypted, run in a made-up root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from image.build import DEFINITIONS

pytestmark = pytest.mark.process

INITRD = DEFINITIONS / "mkosi.images/initrd/mkosi.extra/usr/lib/mailward"
SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
ON, OFF = b"\x06\0\0\0\x01", b"\x06\0\0\0\0"  # attributes, then the value


class Initrd:
    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(DEFINITIONS / "mkosi.extra/usr/lib/repart.d", root / "usr/lib/repart.d")
        self.put("usr/lib/mailward/consoles", b'tell() { printf "%s\\n" "$1"; }\n')
        self.put("credentials/other", b"")
        # The message repeats for ever; here the second time is the end.
        for name, text in {"udevadm": "exit 0", "sleep": "kill $PPID"}.items():
            self.put(f"bin/{name}", f"#!/bin/bash\n{text}\n".encode())
            (root / "bin" / name).chmod(0o755)

    def put(self, name: str, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def plan(self) -> str:
        """What it says to the administrator, or nothing."""
        environment = {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "CREDENTIALS_DIRECTORY": str(self.root / "credentials"),
        }
        done = subprocess.run(
            [INITRD / "var-plan", self.root], env=environment, capture_output=True, text=True, timeout=30
        )
        assert not done.stderr
        assert (done.returncode == 0) == (done.stdout == "")
        return done.stdout

    @property
    def encrypts(self) -> bool:
        definitions = self.root / "run/mailward/repart.d"
        assert len(list(definitions.glob("*.conf"))) == len(list((self.root / "usr/lib/repart.d").iterdir()))
        dropin = definitions / "30-var.conf.d/encrypt.conf"
        return dropin.exists() and "Encrypt=tpm2" in dropin.read_text()


@pytest.fixture
def initrd(tmp_path: Path) -> Initrd:
    """A machine that could: with a TPM, and Secure Boot on."""
    made = Initrd(tmp_path)
    made.put("dev/tpmrm0", b"")
    made.put(SECURE_BOOT, ON)
    return made


def test_nothing_is_encrypted_unless_asked_for(initrd: Initrd) -> None:
    assert initrd.plan() == ""
    assert not initrd.encrypts


@pytest.mark.parametrize("place", ["credentials", "sysroot/usr/lib/credstore"])
def test_asked_for_by_the_machine_or_by_the_image(initrd: Initrd, place: str) -> None:
    initrd.put(f"{place}/mailward.encrypt-var", b"tpm2\n")
    assert initrd.plan() == ""
    assert initrd.encrypts


def test_a_var_that_is_there_stays_as_it_is_whatever_has_become_of_the_machine(initrd: Initrd) -> None:
    initrd.put("credentials/mailward.encrypt-var", b"tpm2")
    initrd.put("dev/disk/by-partlabel/mailward-var", b"")
    (initrd.root / "dev/tpmrm0").unlink()
    assert initrd.plan() == ""
    assert not initrd.encrypts


def test_without_a_tpm_nothing_is_kept_in_the_clear(initrd: Initrd) -> None:
    initrd.put("credentials/mailward.encrypt-var", b"tpm2")
    (initrd.root / "dev/tpmrm0").unlink()
    assert "no TPM 2.0" in initrd.plan()
    assert not initrd.encrypts


@pytest.mark.parametrize("variable", [OFF, b"", None])
def test_secure_boot_must_be_on(initrd: Initrd, variable: bytes | None) -> None:
    """Without it, PCR 7 is the same for whatever is started on the machine."""
    initrd.put("credentials/mailward.encrypt-var", b"tpm2")
    if variable is None:
        (initrd.root / SECURE_BOOT).unlink()
    else:
        initrd.put(SECURE_BOOT, variable)
    assert "Secure Boot is off" in initrd.plan()
    assert not initrd.encrypts


def test_a_misspelt_wish_is_not_taken_for_none(initrd: Initrd) -> None:
    initrd.put("credentials/mailward.encrypt-var", b"tmp2")
    assert "must say tpm2" in initrd.plan()
    assert not initrd.encrypts
