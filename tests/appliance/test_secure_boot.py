"""Secure Boot with the site's keys: what is signed, what the firmware does with it, and what the kernel locks."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from image.build import copy_sparse
from image.keys import authenticated
from tests.appliance import secure, test_hardware
from tests.appliance.conftest import LOGIN_SECONDS

pytestmark = [pytest.mark.boot, pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def contents(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return secure.copy_out(secure.esp(image), tmp_path_factory.mktemp("esp"))


def programs(contents: Path) -> list[Path]:
    return sorted(path for path in contents.rglob("*") if path.suffix.lower() == ".efi")


def test_every_program_on_the_efi_partition_is_signed_by_the_site(contents: Path, site_keys: Path) -> None:
    found = programs(contents)
    assert {path.name.lower().partition("_")[0] for path in found} == {
        "bootx64.efi",
        "systemd-bootx64.efi",
        "mailward",
    }
    assert {path.name: secure.refused_by(site_keys / "db.crt", path) for path in found} == {
        path.name: "" for path in found
    }


def test_a_changed_or_foreign_program_does_not_pass(contents: Path, site_keys: Path, tmp_path: Path) -> None:
    """What the test above looks at can say no."""
    kernel = next(path for path in programs(contents) if path.name.startswith("mailward_"))
    assert secure.refused_by(site_keys / "KEK.crt", kernel)
    assert secure.refused_by(site_keys / "db.crt", tamper(kernel, tmp_path / "changed.efi"))


def test_the_efi_partition_holds_nothing_private(contents: Path, site_keys: Path) -> None:
    keys = {path.name: path.read_bytes() for path in contents.rglob("loader/keys/auto/*")}
    assert keys == {name: (site_keys / name).read_bytes() for name in ("PK.auth", "KEK.auth", "db.auth")}
    for path in contents.rglob("*"):
        if path.is_file():
            assert b"PRIVATE KEY-----" not in path.read_bytes(), path


def tamper(kernel: Path, target: Path) -> Path:
    """Another kernel command line: what an intruder would change first, and what would start all the same."""
    before = kernel.read_bytes()
    assert before.count(b" panic=30") == 1
    target.write_bytes(before.replace(b" panic=30", b" panic=31"))
    return target


def test_firmware_in_setup_mode_took_the_keys_and_checks_signatures_since(
    trusted: secure.Trusted, site_keys: Path
) -> None:
    said = trusted.run("bootctl --no-pager status 2>/dev/null", deadline=120)
    assert re.search(r"Secure Boot: enabled \(user\)", said), said
    lists = "/sys/firmware/efi/efivars"
    for name, vendor in (
        ("PK", authenticated.GLOBAL),
        ("KEK", authenticated.GLOBAL),
        ("db", authenticated.IMAGE_SECURITY),
    ):
        held = trusted.run(f"cat {lists}/{name}-{vendor} | tail -c +5 | base64 -w0")
        assert base64.b64decode(held) == (site_keys / f"{name}.esl").read_bytes()


def test_the_kernel_is_locked_down(trusted: secure.Trusted) -> None:
    state = trusted.run("cat /sys/kernel/security/lockdown")
    assert "[integrity]" in state, state
    assert "Failed to load BPF" not in trusted.run(
        "journalctl -b --no-pager -k -t systemd -t kernel", deadline=120
    )
    assert "Operation not permitted" in trusted.run("dd if=/dev/mem of=/dev/null count=1", check=False)
    # A module that nobody signed: one of the kernel's own, without its signature.
    refused = trusted.run(
        "m=$(modinfo -n dummy); cp $m /run/m; case $m in *.xz) mv /run/m /run/m.xz; xz -d /run/m.xz;; esac;"
        " size=$(stat -c %s /run/m); head -c $((size - 600)) /run/m > /run/m.ko; insmod /run/m.ko; echo status $?",
        check=False,
    )
    assert "status 1" in refused
    assert re.search("Key was rejected|not permitted|Required key", refused), refused


@pytest.mark.parametrize("script", ["hw_disks.py", "hw_ipmi.py"])
def test_the_hardware_floor_works_under_lockdown(trusted: secure.Trusted, script: str) -> None:
    """H2, H4: IPMI by its device, SMBIOS from sysfs, disks and quotas; nothing needs /dev/mem or ports."""
    trusted.run("mkdir -p /run/checks; mountpoint -q /run/checks || mount -o ro /dev/vdb1 /run/checks")
    printed = trusted.run(f"python3 /run/checks/{script}", deadline=420, check=False)
    reports = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert len(reports) >= test_hardware.SCRIPTS[script], printed
    assert not [report for report in reports if not report["ok"]]


def test_no_private_key_is_in_the_root(trusted: secure.Trusted) -> None:
    """Programs have the words in them; a key has them at the beginning of a line, and is text."""
    command = "grep -rIlE -- '^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----' /etc /usr"
    assert trusted.run(f"{command} || true", deadline=300) == ""
    trusted.run("printf -- '-----BEGIN RSA PRIVATE KEY-----\\n' >/run/k")
    assert trusted.run(command.replace("/etc /usr", "/run/k")) == "/run/k"


def test_a_tampered_kernel_image_is_refused_by_the_firmware(
    image: Path, contents: Path, trusted: secure.Trusted, logs: Path, tmp_path: Path
) -> None:
    kernel = next(path for path in programs(contents) if path.name.startswith("mailward_"))
    changed = tmp_path / "changed.raw"
    copy_sparse(image, changed)
    name = f"/{kernel.relative_to(contents)}"
    secure.copy_in(secure.esp(changed), tamper(kernel, tmp_path / "changed.efi"), name)
    machine, console = secure.power_on(changed, logs / "tampered", {}, variables=trusted.variables())
    with machine:
        console.expect(r"(?i)error loading [^\n]*(access denied|security violation)", LOGIN_SECONDS)
        said = machine.log.read_text(errors="replace")
        assert "Linux version" not in said
        machine.kill()
        machine.disk.unlink()
