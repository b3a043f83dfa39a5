"""Finding the medium that this was started from, whatever it is called here: stick, CD or remote media."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from image.installer import manifest
from image.installer.live import programs
from image.installer.live.errors import NoMedium, ProgramFailed
from image.installer.manifest import Manifest

MOUNT = Path("/run/mailward-medium")
_VOLUME_DESCRIPTOR = 0x8000  # ECMA-119, 6.2.1 and 8.1
_CDROMEJECT = 0x5309  # linux/cdrom.h
WAIT = 90.0  # remote media of a management controller can take a minute to appear
# A hybrid medium has its file system on the whole device; a stick's first partition shows the same bytes again.
_SKIP = ("loop", "ram", "zram", "dm-", "md")


@dataclass(frozen=True, slots=True)
class Medium:
    """disk: its device, /dev/sr0 or /dev/sdb. folder: where its files are. listed: what is on it."""

    disk: str
    folder: Path
    listed: Manifest


def looks_like_one(device: Path) -> bool:
    """Has it the volume descriptor of ISO 9660? A drive without a disc is a no."""
    try:
        with device.open("rb") as file:
            file.seek(_VOLUME_DESCRIPTOR)
            return file.read(6)[1:6] == b"CD001"
    except OSError:
        return False


def candidates(root: Path) -> list[Path]:
    names = sorted(path.name for path in (root / "sys/block").iterdir())
    return [root / "dev" / name for name in names if not name.startswith(_SKIP)]


def find(
    pinned: str,
    root: Path = Path("/"),
    *,
    wait: float = WAIT,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Medium:
    """Mount the medium whose manifest has the digest `pinned`, read-only. Raises `NoMedium`, `BadManifest`.

    Another installer's medium in another drive is passed over: its digest differs.
    """
    end = clock() + wait
    while True:
        seen = [device for device in candidates(root) if looks_like_one(device)]
        for device in seen:
            if (content := _mount(device)) is not None:
                if manifest.fingerprint(content) == pinned:
                    return Medium(str(device), MOUNT / manifest.FOLDER, manifest.parse(content))
                programs.output(["umount", str(MOUNT)], deadline=30)
        if clock() >= end:
            raise NoMedium(seen=_words(seen))
        pause(1)


def _words(seen: list[Path]) -> str:
    if not seen:
        return "no drive has a disc or stick with an installer"
    return f"what is in {', '.join(path.name for path in seen)} is another medium"


def _mount(device: Path) -> bytes | None:
    """The manifest on it; None, and nothing mounted, if it has none."""
    MOUNT.mkdir(exist_ok=True)
    try:
        programs.output(["mount", "-t", "iso9660", "-o", "ro", str(device), str(MOUNT)], deadline=60)
    except ProgramFailed:
        return None  # damaged, or not what it looks like
    try:
        with (MOUNT / manifest.FOLDER / manifest.NAME).open("rb") as file:
            return file.read(manifest.MAX_BYTES + 1)
    except OSError:
        programs.output(["umount", str(MOUNT)], deadline=30)
        return None


def release(medium: Medium) -> None:
    """Let go of the medium, and open the tray if it has one. What cannot be ejected is for a hand to remove."""
    with suppress(ProgramFailed):
        programs.output(["umount", str(MOUNT)], deadline=30)
    with suppress(OSError):
        drive = os.open(medium.disk, os.O_RDONLY | os.O_NONBLOCK)
        try:
            fcntl.ioctl(drive, _CDROMEJECT)
        finally:
            os.close(drive)
