"""Which accelerator works here, found by trying.

/dev/kvm can exist, open, and still stop at the guest's first firmware instruction, as it does in some nested
machines. So a machine without a disk is started and given a few seconds to say the first word of its firmware.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

TRY_SECONDS = 8.0
# What OVMF says on the serial port when it finds nothing to boot; any byte at all means that it ran.
_WORDS = ("-machine", "q35", "-m", "256", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot")


class Accel(StrEnum):
    KVM = "kvm"
    TCG = "tcg"

    def words(self) -> list[str]:
        """For QEMU's command line."""
        return _ACCEL_WORDS[self]


_ACCEL_WORDS = {
    Accel.KVM: ["-accel", "kvm", "-cpu", "host"],
    # Without ERMS the kernel clears pages eight bytes at a time: TCG emulates `rep stosb` one byte at a time, and on a
    # busy host that has been seen to take longer than the kernel's patience ("soft lockup").
    Accel.TCG: ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,erms=off,fsrm=off"],
}


def firmware_speaks(firmware: Path, seconds: float = TRY_SECONDS) -> bool:
    """Does a KVM guest get as far as its firmware's first output within `seconds`?"""
    words = ["qemu-system-x86_64", *Accel.KVM.words(), *_WORDS]
    words += ["-drive", f"if=pflash,format=raw,readonly=on,file={firmware}"]
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    return bool(output)


def detect(
    firmware: Path, device: Path = Path("/dev/kvm"), probe: Callable[[Path], bool] = firmware_speaks
) -> Accel:
    """KVM if it boots a guest, otherwise TCG. Remembered until the host boots again.

    ``MAILWARD_ACCEL=kvm|tcg`` overrides.
    """
    if wanted := os.environ.get("MAILWARD_ACCEL"):
        return Accel(wanted)
    if not os.access(device, os.R_OK | os.W_OK):
        return Accel.TCG
    remembered = Path(tempfile.gettempdir()) / f"mailward-accel-{os.getuid()}-{_boot_id()}"
    try:
        return Accel(remembered.read_text())
    except (OSError, ValueError):
        found = Accel.KVM if probe(firmware) else Accel.TCG
        remembered.write_text(found)
        return found


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
