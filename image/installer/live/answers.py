"""What the installer was told beforehand, so that nobody need be there: kernel command line and credentials."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from image.installer.live.errors import BadAnswer
from image.installer.manifest import PINNED

PREFIX = "mailward.install."
CREDENTIALS = "run/credentials/@system"


class End(StrEnum):
    POWEROFF = "poweroff"
    REBOOT = "reboot"


@dataclass(frozen=True, slots=True)
class Answers:
    """serial: of the disk to erase, or its WWN; None if somebody is to be asked. replace: erase an installation, too.
    pinned: digest of the medium's manifest.
    """

    serial: str | None = None
    end: End = End.POWEROFF
    replace: bool = False
    pinned: str = ""


KNOWN = {
    "disk": "the serial number of a disk",
    "end": " or ".join(End),
    "replace": "yes or no",
}


def read(root: Path = Path("/")) -> Answers:
    """A credential counts more than the command line. Raises `BadAnswer`: who mistypes must not be asked instead."""
    words = (root / "proc/cmdline").read_text().split()
    told = dict(word.partition("=")[::2] for word in words)
    for name in KNOWN:
        place = root / CREDENTIALS / (PREFIX + name)
        if place.is_file():
            told[PREFIX + name] = place.read_text("utf-8", "replace").strip()
    for name in told:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in KNOWN:
            raise BadAnswer(name=name, value=told[name], known=", ".join(PREFIX + known for known in KNOWN))
    replace = told.get(PREFIX + "replace", "no")
    end = told.get(PREFIX + "end", End.POWEROFF)
    serial = told.get(PREFIX + "disk")
    if serial == "":
        _refuse("disk", serial)
    if replace not in ("yes", "no"):
        _refuse("replace", replace)
    if end not in list(End):
        _refuse("end", end)
    return Answers(serial, End(end), replace == "yes", told.get(PINNED, ""))


def _refuse(name: str, value: str) -> None:
    raise BadAnswer(name=PREFIX + name, value=value, known=KNOWN[name])
