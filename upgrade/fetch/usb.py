"""Releases on a USB medium: found, mounted read-only for as long as they are read, and let go."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyudev

from mailward.errors import Failed
from upgrade.fetch.source import FolderSource, Source
from upgrade.publish import layout, sums

# What a stick may be formatted with. Nothing on it is run, nothing has an owner.
FILE_SYSTEMS = ("vfat", "exfat", "iso9660", "ext4")
OPTIONS = "ro,nodev,nosuid,noexec"
FOLDERS = ("", "mailward", "releases")


class NoMedium(Failed):
    key = "upgrade.fetch.no-medium"
    sentence = "no USB medium with releases is there: {found}"
    remedy = "Plug one in that has a folder made by `mailward release make`, at its top or below releases/"


def media() -> list[Path]:
    """Block devices on USB that have a file system we read."""
    found = []
    for device in pyudev.Context().list_devices(subsystem="block"):
        if device.get("ID_BUS") == "usb" and device.get("ID_FS_TYPE") in FILE_SYSTEMS and device.device_node:
            found.append(Path(device.device_node))
    return sorted(found)


@contextmanager
def source(devices: Sequence[Path]) -> Iterator[Source]:
    """The first of the devices that has releases. Raises `NoMedium`."""
    reasons = []
    for device in devices:
        with tempfile.TemporaryDirectory(prefix="mailward-usb-") as folder:
            mounted = subprocess.run(
                ["mount", "-o", OPTIONS, str(device), folder], capture_output=True, text=True
            )
            if mounted.returncode:
                reasons.append(f"{device}: {mounted.stderr.strip()}")
                continue
            try:
                if (top := _releases(Path(folder))) is not None:
                    yield FolderSource(top)
                    return
            finally:
                subprocess.run(["umount", folder], check=True, capture_output=True)
        reasons.append(f"{device} has none")
    raise NoMedium(found="; ".join(reasons) or "there is no USB medium")


def _releases(top: Path) -> Path | None:
    for name in FOLDERS:
        if any((top / name / file).is_file() for file in (layout.INDEX, sums.SUMS)):
            return top / name
    return None
