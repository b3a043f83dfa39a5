"""Which machine a configuration is of: it stands on top of each file and in its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from gateway.config.writing import Header
from hwmgmt.models.detect import detect
from hwmgmt.reading import read_text
from mailward.version import BadVersion, Version

_SERIALS = ("sys/class/dmi/id/product_serial", "sys/class/dmi/id/chassis_serial")
_NO_SERIAL = frozenset({"", "none", "notspecified", "tobefilledbyo.e.m.", "systemserialnumber", "0"})


@dataclass(frozen=True, slots=True)
class Machine:
    """`version` is that of the release, as ``14.2.3-031``."""

    model: str
    serial: str
    version: str

    def header(self, when: datetime) -> Header:
        return Header(self.model, self.serial, self.version, when)

    def file_name(self, when: datetime, *, version: str = "") -> str:
        """``C190-<serial>-20230822T101010.xml``; before an upgrade with the version it leaves (U2)."""
        behind = f"-{version}" if version else ""
        return f"{self.model}-{self.serial}-{when:%Y%m%dT%H%M%S}{behind}.xml"


def identify(root: Path = Path("/")) -> Machine:
    """This one. A machine that has no serial number has the beginning of its machine-id."""
    found = detect(root)
    model = found.model.name if found.model else "-or-".join(found.candidates) or "unknown"
    return Machine(model, _serial(root), _version(root))


def _serial(root: Path) -> str:
    for place in _SERIALS:
        serial = re.sub(r"[^A-Za-z0-9.]", "", read_text(root, place).otherwise(""))
        if serial.lower() not in _NO_SERIAL:
            return serial
    return read_text(root, "etc/machine-id").otherwise("").strip()[:12].upper() or "unknown"


def _version(root: Path) -> str:
    """IMAGE_VERSION of os-release(5); on what is no appliance, that of the code."""
    for line in read_text(root, "usr/lib/os-release").otherwise("").splitlines():
        name, _, value = line.partition("=")
        if name == "IMAGE_VERSION":
            try:
                return str(Version.parse(value.strip("\"'")))
            except BadVersion:
                break  # an image of a developer: its name is no version
    major, minor, maintenance = (int(part) for part in version("mailward").split(".")[:3])
    return str(Version(major, minor, maintenance, 0))
