"""`/var` encrypted and bound to the TPM: opened by it, by nothing else, and by the recovery key when it has to be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from image.qemu.console import Console
from tests.appliance import secure
from tests.appliance.conftest import LOGIN_SECONDS

pytestmark = [pytest.mark.boot, pytest.mark.long, pytest.mark.timeout(1800)]

PARTITION = "/dev/disk/by-partlabel/mailward-var"


def test_var_is_encrypted_and_bound_to_secure_boot(trusted: secure.Trusted) -> None:
    assert trusted.run("findmnt --noheadings --output SOURCE,FSTYPE /var").split() == [
        "/dev/mapper/mailward-var",
        "ext4",
    ]
    assert "prjquota" in trusted.run("findmnt --noheadings --output OPTIONS /var")
    assert trusted.run(f"blkid -p -s TYPE -o value {PARTITION}") == "crypto_LUKS"


def test_the_recovery_key_is_shown_once_and_kept_for_the_administrator(trusted: secure.Trusted) -> None:
    assert trusted.first_boot.count(trusted.recovery_key) == 1
    assert trusted.run("cat /var/lib/mailward-recovery/key") == trusted.recovery_key
    assert trusted.run(
        "stat -c '%a %U' /var/lib/mailward-recovery /var/lib/mailward-recovery/key"
    ).split() == [
        *("700", "root"),
        *("600", "root"),
    ]
    found = trusted.run(f"journalctl --no-pager -b | grep -F {trusted.recovery_key} || true", deadline=120)
    assert found == ""


def test_root_cannot_ask_the_tpm_for_the_key_once_the_system_runs(trusted: secure.Trusted) -> None:
    """Otherwise a disk with an intruder's own /var, put in its place for one boot, would get it."""
    done = trusted.console.run(
        f"systemd-cryptsetup attach stolen {PARTITION} - tpm2-device=auto,headless=1,readonly",
        deadline=120,
        check=False,
    )
    assert done.status
    # Not that the partition is in use, and not that the TPM is busy: its policy says no.
    assert "Failed to unseal secret using TPM2: Operation not permitted" in done.output
    assert trusted.console.run("test -e /dev/mapper/stolen", check=False).status != 0


def again(trusted: secure.Trusted, image: Path, tpm: Path) -> Console:
    trusted.run("sync")
    trusted.machine.kill()
    trusted.machine, trusted.console = secure.power_on(
        image, trusted.machine.folder, trusted.credentials, tpm=tpm, fresh=False
    )
    return trusted.console


def test_the_second_boot_is_opened_by_the_tpm(trusted: secure.Trusted, image: Path) -> None:
    trusted.run("echo kept >/var/lib/kept")
    before = trusted.machine.log.stat().st_size
    console = again(trusted, image, trusted.tpm)
    console.login("admin", trusted.password, deadline=LOGIN_SECONDS)
    assert trusted.run("cat /var/lib/kept") == "kept"
    said = trusted.machine.log.read_bytes()[before:]
    assert b"recovery key" not in said
    assert trusted.recovery_key.encode() not in said
    trusted.run("timeout 240 systemctl is-system-running --wait", deadline=250, check=False)
    assert trusted.run("systemctl list-units --failed --plain --no-legend") == ""


def test_with_another_tpm_the_recovery_key_opens_it_and_binds_it_again(
    trusted: secure.Trusted, image: Path, logs: Path
) -> None:
    console = again(trusted, image, logs / "trusted" / "other-tpm")
    console.expect(r"this machine's TPM does not open it", LOGIN_SECONDS)
    for typed in ("cbdefghi-" * 7 + "cbdefghi", trusted.recovery_key):
        console.expect(r"(?i)recovery key for disk mailward-var[^\n]*no echo\)", 240)
        time.sleep(3)  # what is typed before the question is whole is thrown away
        console.send(typed)
    console.login("admin", trusted.password, deadline=LOGIN_SECONDS)
    assert trusted.run("cat /var/lib/kept") == "kept"
    trusted.run("mailward-bind-var", deadline=240)
    console = again(trusted, image, logs / "trusted" / "other-tpm")
    console.login("admin", trusted.password, deadline=LOGIN_SECONDS)
    assert trusted.run("cat /var/lib/kept") == "kept"
