"""Volumes that may carry a seed: a CD, a stick. Mounted read-only, looked into, and let go."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

LIMIT = 64 << 20  # octets of a file, as of any configuration
STICK_SECONDS = 5.0  # until a stick that was found shows its file systems


@dataclass(frozen=True, slots=True)
class Volume:
    """What was found: the label, and of the wanted files those that are there."""

    label: str
    files: dict[str, bytes]


class Volumes(Protocol):
    def read(self, label: str, names: Sequence[str], /) -> Volume | None:
        """The volume with that label, or None. Raises OSError, ValueError for one that cannot be read."""


class RealVolumes:
    """Those that udev knows below `root`; labels are compared as they are written."""

    def __init__(
        self,
        root: Path = Path("/"),
        point: Path = Path("/run/mailward-config/seed"),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._labels = root / "dev/disk/by-label"
        self._usb = [root / f"sys/bus/usb/drivers/{name}" for name in ("usb-storage", "uas")]
        self._point = point
        self._sleep = sleep
        self._settled = False

    def read(self, label: str, names: Sequence[str]) -> Volume | None:
        self._settle()
        device = self._labels / label.replace(" ", "\\x20")
        if not device.exists():
            return None
        with self._mounted(device):
            return Volume(label, read_files(self._point, names))

    def _settle(self) -> None:
        """Once: wait until what is plugged in is known. A stick takes a second longer than the queue of events."""
        if self._settled:
            return
        self._settled = True
        subprocess.run(["udevadm", "settle", "--timeout=15"], check=False)
        if any(":" in entry.name for folder in self._usb if folder.is_dir() for entry in folder.iterdir()):
            known = sum(1 for _ in self._labels.iterdir()) if self._labels.is_dir() else 0
            for _ in range(int(STICK_SECONDS / 0.25)):
                self._sleep(0.25)
                if (sum(1 for _ in self._labels.iterdir()) if self._labels.is_dir() else 0) > known:
                    break

    @contextmanager
    def _mounted(self, device: Path) -> Iterator[None]:
        self._point.mkdir(parents=True, exist_ok=True)
        # The kinds are named: no other driver of the kernel gets to see what a stranger plugged in.
        words = [
            "mount",
            "-t",
            "iso9660,vfat,ext4",
            "-o",
            "ro,nosuid,nodev,noexec",
            str(device),
            str(self._point),
        ]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode:
            raise OSError(done.stderr.strip() or f"mount ended with status {done.returncode}")
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self._point)], check=False, timeout=30)


def read_files(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The files of these names, whatever their case (FAT has its own ideas); links are not followed out of it."""
    found: dict[str, bytes] = {}
    for entry in sorted(folder.iterdir()):
        name = entry.name.lower()
        if name in names and entry.is_file() and not entry.is_symlink():
            if entry.stat().st_size > LIMIT:
                raise ValueError(f"{entry.name} has more than {LIMIT >> 20} MB")
            found[name] = entry.read_bytes()
    return found
