"""Installing in QEMU: an empty disk, the medium as a CD or a USB stick, and an appliance on the disk afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from image.qemu.accel import detect
from image.qemu.console import Console
from image.qemu.machine import FIRMWARE, GIB, Machine, Spec
from mailward.progress import step

SERIAL = "MAILWARD-TRIAL-1"
DISK_BYTES = 24 * GIB  # the smallest that C100V takes
BOOT_SECONDS = 240
INSTALL_SECONDS = 420

# The firmware starts only from what has a place in QEMU's order once anything has one, as the disk does.
BEHIND = "bootindex=1"


class Way(StrEnum):
    """How the medium is attached."""

    CD = "cd"
    USB = "usb"

    def words(self, medium: Path) -> list[str]:
        """For QEMU's command line. A stick can be written to, as a real one can."""
        drive = f"if=none,id=medium,format=raw,file={os.fspath(medium).replace(',', ',,')}"
        match self:
            case Way.CD:
                cd = f"ide-cd,drive=medium,{BEHIND}"
                return ["-drive", f"{drive},media=cdrom,readonly=on", "-device", cd]
            case Way.USB:
                stick = f"usb-storage,drive=medium,removable=on,{BEHIND}"
                return ["-drive", drive, "-device", "qemu-xhci", "-device", stick]


@dataclass(frozen=True)
class Bench:
    """A machine with an empty disk. extra: further words for QEMU, such as SMBIOS strings."""

    medium: Path
    folder: Path
    way: Way = Way.CD
    disk_bytes: int = DISK_BYTES
    credentials: Mapping[str, str] = field(default_factory=dict)
    extra: Sequence[str] = ()

    def spec(self) -> Spec:
        """The machine with the medium in it."""
        serial = ["-global", f"virtio-blk-device.serial={SERIAL}"]
        words = [*self.way.words(self.medium), *serial, *self.extra]
        return Spec(
            self._blank(), detect(FIRMWARE), self.disk_bytes, credentials=self.credentials, extra=words
        )

    def _blank(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        blank = self.folder / "blank.raw"
        with blank.open("wb") as file:
            file.truncate(1 << 20)
        return blank

    def installed(self, credentials: Mapping[str, str], forwards: Mapping[int, int]) -> Machine:
        """The same machine without the medium, with what is on its disk now."""
        spec = Spec(
            self.folder / "blank.raw",
            detect(FIRMWARE),
            self.disk_bytes,
            credentials=credentials,
            forwards=forwards,
        )
        return Machine(spec, self.folder, fresh=False)


def unattended(end: str = "poweroff", **more: str) -> dict[str, str]:
    """Credentials that let the installer go ahead on the empty disk. more: without `mailward.install.`."""
    told = {"disk": SERIAL, "end": end, **more}
    return {f"mailward.install.{name}": value for name, value in told.items()}


def install(bench: Bench) -> Path:
    """Install unattended and wait for the power to go off; the disk, a qcow2 whose backing file lies beside it.

    Raises `ConsoleSilent` with the last words of the installer if it does not get there.
    """
    with Machine(bench.spec(), bench.folder) as machine, step(f"Installing from {bench.medium.name} in QEMU"):
        console = machine.start()
        follow(console)
        machine.wait(60)
        return machine.disk


def follow(console: Console) -> None:
    """From power-on to the last word of an unattended installation."""
    console.expect(r"Mailward installer", BOOT_SECONDS)
    console.expect(r"every byte was read back", INSTALL_SECONDS)
    console.expect(r"Remove the installation medium now", 60)
    console.expect(r"Switching off\.\.\.", 60)
