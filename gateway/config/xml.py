"""The configuration file: XML in the incumbent's shape, read strictly, written in one step.

`gateway.config.reading` and `gateway.config.writing` do the two directions.
"""

from __future__ import annotations

from pathlib import Path

from gateway.config import reading
from gateway.config.durable import Disk
from gateway.config.errors import ConfigUnreadable, ConfigUnwritable
from gateway.config.model import Config
from gateway.config.secrets import Opener
from gateway.config.writing import dumps

__all__ = ["dumps", "load", "loads", "read", "save"]


def read(path: Path) -> bytes:
    """What stands in a file that may be a configuration. Raises ConfigUnreadable."""
    try:
        with path.open("rb") as file:
            text = file.read(reading.SIZE_LIMIT + 1)
    except OSError as error:
        raise ConfigUnreadable(path=path, why=(error.strerror or str(error)).lower()) from error
    if len(text) > reading.SIZE_LIMIT:
        raise ConfigUnreadable(path=path, why=f"it is larger than {reading.SIZE_LIMIT >> 20} MB")
    return text


def load(path: Path) -> Config:
    """The configuration in a file. Raises ConfigUnreadable, ConfigBroken."""
    return loads(read(path), name=str(path))


def loads(text: bytes, *, name: str = "text") -> Config:
    """The configuration in `text`. Raises ConfigBroken with all problems in its fields, Masked, NotDecrypted."""
    reader = reading.content(reading.tree(text, name), Opener(b""), name)
    return reading.validated(reader, reader.value, name)


def save(config: Config, path: Path) -> None:
    """Write the file so that a crash leaves the old one or the new one. Raises ConfigUnwritable."""
    try:
        Disk().write(path, dumps(config))
    except OSError as error:
        raise ConfigUnwritable(path=path, why=error.strerror or str(error)) from error
