"""A configuration as a file for people, for another machine, or for later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.config.durable import Disk
from gateway.config.errors import BadName, ConfigUnwritable
from gateway.config.machine import Machine
from gateway.config.model import Config
from gateway.config.secrets import Passwords, Sealer, mask
from gateway.config.writing import Conceal, dumps

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}\.xml")


@dataclass(frozen=True, slots=True)
class Saving:
    """How to write one. `family` is the secret of the machine family, `passphrase` takes its place."""

    machine: Machine
    now: datetime
    passwords: Passwords = Passwords.MASKED
    family: bytes = b""
    passphrase: str = ""

    def text(self, config: Config) -> bytes:
        """With the header of this machine. Raises NotAcceptable."""
        conceal: Conceal | None = None
        if self.passwords is Passwords.MASKED:
            conceal = mask
        elif self.passwords is Passwords.ENCRYPTED:
            conceal = Sealer(self.family, passphrase=self.passphrase)
        return dumps(config, header=self.machine.header(self.now), conceal=conceal)

    def save(self, config: Config, folder: Path, name: str = "", disk: Disk | None = None) -> Path:
        """The file, whole or not there. Raises BadName, ConfigUnwritable, NotAcceptable."""
        name = name or self.machine.file_name(self.now)
        if not _FILE_NAME.fullmatch(name) or name == "config.xml":
            raise BadName(name=name)
        path = folder / name
        text = self.text(config)
        try:
            (disk or Disk()).write(path, text)
        except OSError as error:
            raise ConfigUnwritable(path=path, why=error.strerror or str(error)) from error
        return path
