"""What an administrator suspended or paused, kept over restarts in the spool folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gateway.service.errors import NoFolder

ALL = "ALL"


@dataclass(slots=True)
class State:
    """The switches. `suspended_listeners` may have ``ALL`` in it."""

    suspended_listeners: list[str] = field(default_factory=list)
    delivery_suspended: bool = False
    work_paused: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, path: Path) -> State:
        """The state of before; nothing suspended if there is none or it cannot be read as one."""
        try:
            value = json.loads(path.read_text())
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise NoFolder(path=path, why=str(error)) from error
        return cls(
            [str(name) for name in value.get("suspended_listeners", [])],
            bool(value.get("delivery_suspended")),
            bool(value.get("work_paused")),
        )

    def save(self, path: Path) -> None:
        """Write it so that a crash leaves the old one or the new one."""
        temporary = path.with_name(f".{path.name}.new")
        try:
            with temporary.open("w") as file:
                json.dump(self.to_dict(), file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise NoFolder(path=path, why=error.strerror or str(error)) from error
