"""A site's configuration with all that is rendered, the machine it is for, and stand-ins that remember."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.apply.errors import UnitFailed
from gateway.apply.machine import Admin, Machine
from gateway.config import xml
from gateway.config.model import Config
from gateway.service.errors import NotRunning
from mailward.errors import MailwardError

HERE = Path(__file__).parent
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMr3ljzLnDLV3Ii1iuPLmE6sYJyBOvzvlYNcGqJvHRq ann@example.com"
MACHINE = Machine(
    cards=("ens3", "ens4", "ens5", "ens6"),
    port_names=("Management", "Data 1", "Data 2", "Data 3"),
    authorities=b"-----RELEASE-----\n",
    admin=Admin("$6$salt$boot", (KEY,)),
)
SMALL = Config(hostname="mx.example.com")


def site() -> Config:
    return xml.load(HERE / "site.xml")


def config(**elements: Any) -> Config:
    return Config.model_validate({"hostname": "mx.example.com", **elements})


def interface(**elements: Any) -> dict[str, Any]:
    return {
        "interface_name": "Management",
        "port_name": "Management",
        "ipv4": "192.0.2.10",
        "hostname": "mx.example.com",
        **elements,
    }


class Recorded:
    """Programs that only write down how they were called. `fails`: the beginning of a call that fails."""

    def __init__(self, fails: str = "", *, once: bool = False) -> None:
        self.calls: list[str] = []
        self._fails = fails
        self._once = once

    def run(self, words: Sequence[str]) -> None:
        line = " ".join(words)
        self.calls.append(line)
        if self._fails and line.startswith(self._fails):
            if self._once:
                self._fails = ""
            raise UnitFailed(command=line, status=1, said="no")


class MailService:
    """Answers `reload`, or raises."""

    def __init__(self, error: MailwardError | None = None) -> None:
        self.asked: list[str] = []
        self._error = error

    def ask(self, command: str, **arguments: Any) -> Any:
        self.asked.append(command)
        if self._error:
            raise self._error


AWAY = NotRunning(path=Path("/run/mailward/control"), why="no such file")
