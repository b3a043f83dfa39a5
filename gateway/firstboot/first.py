"""The first configuration: found, made whole, checked, and only then written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.config import xml
from gateway.config.durable import Disk
from gateway.config.errors import ConfigBroken
from gateway.config.model import Config
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.seed import Seed, compose
from mailward.errors import MailwardError

FACTORY = Path("usr/share/mailward/config.xml")


@dataclass(frozen=True, slots=True)
class First:
    """What was taken: where from, and why something else was not."""

    config: Config
    source: str
    notes: tuple[str, ...] = ()


def first_configuration(factory: Path, find: Callable[[], Seed | None]) -> tuple[First, Seed | None]:
    """Never fails for what somebody gave: the appliance then starts with the release's own. Raises ConfigUnreadable,
    ConfigBroken for that one.
    """
    release = xml.load(factory)
    try:
        seed = find()
        if seed is None:
            return First(release, "release"), None
        base = _given(seed) if seed.configuration else release
        config = compose(seed, base)
    except MailwardError as error:
        return First(release, "release", (f"{error.explain()}. {error.hint()}.",)), None
    notes = (f"passed over: {', '.join(seed.ignored)}",) if seed.ignored else ()
    return First(config, seed.source, notes), seed


def _given(seed: Seed) -> Config:
    try:
        return xml.loads(seed.configuration, name="config.xml")
    except ConfigBroken as error:
        raise BadSeed(source=seed.source, why=str(error.fields["problems"])) from error


def write_first(folder: Path, first: First, seed: Seed | None, disk: Disk | None = None) -> None:
    """Put it on the disk, whole. Raises OSError."""
    disk = disk or Disk()
    if seed and seed.model and not (folder / "model").exists():
        disk.write(folder / "model", f"{seed.model}\n".encode())
    disk.write(folder / "config.xml", xml.dumps(first.config))
