"""Machines with Secure Boot and a TPM, and what is on an image's EFI partition."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from image.qemu.accel import detect
from image.qemu.console import Console
from image.qemu.machine import FIRMWARE, Machine, Spec
from tests.appliance.machines import CHECKS, RACK_SERVER

# Once through the firmware to take the keys, and once more; then a first boot with encryption. Slow under emulation.
FIRST_BOOT_SECONDS = 600

# Eight words of eight letters of a keyboard-independent alphabet (systemd-cryptenroll(1)).
RECOVERY_KEY = r"Its recovery key[\s\S]*?\b((?:[cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8})\b"

ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


@dataclass
class Trusted:
    """A machine that took the site's keys and encrypted /var on its first boot; its console is root's."""

    machine: Machine
    console: Console
    tpm: Path
    password: str
    credentials: dict[str, str]
    recovery_key: str = ""
    first_boot: str = ""

    def run(self, command: str, *, deadline: float = 60, check: bool = True) -> str:
        return self.console.run(command, deadline=deadline, check=check).output

    def variables(self) -> bytes:
        """Of its firmware, as they are now."""
        return (self.machine.folder / "variables.fd").read_bytes()


def power_on(
    image: Path,
    folder: Path,
    credentials: Mapping[str, str],
    *,
    tpm: Path | None = None,
    fresh: bool = True,
    variables: bytes | None = None,
) -> tuple[Machine, Console]:
    """A machine that knows Secure Boot. `fresh`: with an empty disk and no keys in its firmware.

    variables: firmware that has been somewhere already.
    """
    spec = Spec(
        image,
        detect(FIRMWARE),
        credentials=credentials,
        extra=(*RACK_SERVER, "-drive", f"file=fat:ro:{CHECKS},format=raw,if=virtio,readonly=on"),
        secure_boot=True,
        tpm=tpm,
    )
    machine = Machine(spec, folder, fresh=fresh)
    if variables is not None:
        (folder / "variables.fd").write_bytes(variables)
    return machine, machine.start()


def esp(raw: Path) -> str:
    """The EFI partition of an image, as mtools name it: file and offset."""
    table = json.loads(subprocess.run(["sfdisk", "--json", raw], capture_output=True, check=True).stdout)
    found = next(part for part in table["partitiontable"]["partitions"] if part["type"] == ESP_TYPE)
    return f"{raw}@@{found['start'] * 512}"


def copy_out(partition: str, target: Path) -> Path:
    """Everything on an EFI partition."""
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mcopy", "-s", "-n", "-i", partition, "::*", target], check=True, timeout=60)
    return target


def copy_in(partition: str, source: Path, name: str) -> None:
    subprocess.run(["mcopy", "-o", "-i", partition, source, f"::{name}"], check=True, timeout=60)


def refused_by(certificate: Path, program: Path) -> str:
    """What sbverify has against a program; empty if it has the certificate's signature."""
    done = subprocess.run(
        ["sbverify", "--cert", certificate, program], capture_output=True, text=True, timeout=60
    )
    return "" if done.returncode == 0 else done.stderr or done.stdout or "refused"
