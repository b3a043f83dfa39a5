"""Which BMC is meant: the one of this machine, or one on the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mailward.errors import BadInput


@dataclass(frozen=True, slots=True)
class InBand:
    """The machine's own BMC behind a kernel device (ipmi_devintf)."""

    device: Path = Path("/dev/ipmi0")

    def __str__(self) -> str:
        return str(self.device)

    def to_dict(self) -> dict[str, object]:
        return {"kind": "in-band", "device": str(self.device)}


@dataclass(frozen=True, slots=True)
class Lan:
    """A BMC that speaks RMCP+ (IPMI 2.0 over UDP). The password and key are never shown."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 623
    kg: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"

    def to_dict(self) -> dict[str, object]:
        return {
            "kind": "lan",
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "kg": self.kg.hex(),
        }


Target = InBand | Lan


def why_absent(target: Target) -> str:
    """Why there is no BMC to ask; empty if there may be one."""
    if isinstance(target, InBand) and not target.device.exists():
        return f"{target.device}: no BMC, or its driver is not loaded"
    return ""


class UnreadablePassword(BadInput):
    key = "ipmi.password-file"
    sentence = "cannot read the BMC password from {path}: {detail}"
    remedy = "Put the password alone on the first line of a file only you can read (chmod 600)"


def password_from(path: Path) -> str:
    """The first line of a password file, at most 20 bytes (IPMI 2.0, 22.30). Raises `UnreadablePassword`."""
    try:
        with path.open("r", encoding="utf-8") as file:
            line = file.readline(256).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadablePassword(path=path, detail=str(error)) from error
    if not line:
        raise UnreadablePassword(path=path, detail="the first line is empty")
    if len(line.encode()) > 20:
        raise UnreadablePassword(path=path, detail="more than the 20 bytes IPMI allows")
    return line
