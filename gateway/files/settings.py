"""What the file service is told by `gateway.apply`: rendered to JSON, read again here."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FtpPlace:
    """Where FTP listens: at an address, or at all addresses of a device that has its own from DHCP."""

    address: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class FtpSettings:
    """Attributes:
    allow_plain: passwords and files may go without TLS.
    allowed_hosts: CIDR blocks; empty for everybody.
    users: administrators and their crypt(5) hashes.
    pem: key and certificates; empty for one that is made here.
    """

    places: tuple[FtpPlace, ...]
    port: int
    allow_plain: bool
    allowed_hosts: tuple[str, ...]
    users: dict[str, str]
    pem: str = ""

    def __repr__(self) -> str:
        return f"FtpSettings({self.places}, {self.port})"  # hashes and a key do not belong in a log

    def dump(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def load(path: Path) -> FtpSettings:
    """Raises OSError; the file is our own, and a broken one is a mistake of ours."""
    value = json.loads(path.read_text())
    value["places"] = tuple(FtpPlace(**place) for place in value["places"])
    value["allowed_hosts"] = tuple(value["allowed_hosts"])
    return FtpSettings(**value)
