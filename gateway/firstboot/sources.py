"""Where a first configuration may come from, in the order in which it is looked for. The first one found is taken, and
a bad one is not made up for by the next: it would not be what was meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.firstboot.credentials import read_credential
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.netplan import Cards
from gateway.firstboot.nocloud import parse_nocloud
from gateway.firstboot.ovf import FILE, SOURCE, parse_environment
from gateway.firstboot.seed import Seed
from gateway.firstboot.volumes import Volumes

CREDENTIAL = "mailward.configuration"
OVF_LABELS = ("OVF ENV", "OVF-ENV", "OVFENV")
CIDATA_LABELS = ("cidata", "CIDATA")
STICK_LABELS = ("MAILWARD", "mailward")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sources look at. `cards` is asked only by who needs to know them."""

    root: Path
    volumes: Volumes
    cards: Callable[[], Cards]


def _credential(around: Surroundings) -> Seed | None:
    text = read_credential(around.root, CREDENTIAL)
    return Seed(f"credential {CREDENTIAL}", text) if text else None


def _ovf(around: Surroundings) -> Seed | None:
    files = _volume(around, OVF_LABELS, (FILE,), SOURCE)
    return parse_environment(files[FILE]) if FILE in files else None


def _nocloud(around: Surroundings) -> Seed | None:
    names = ("user-data", "meta-data", "network-config")
    files = _volume(around, CIDATA_LABELS, names, "NoCloud seed")
    return parse_nocloud(files, around.cards()) if files else None


def _stick(around: Surroundings) -> Seed | None:
    files = _volume(around, STICK_LABELS, ("config.xml",), "USB stick")
    return Seed("USB stick", files["config.xml"]) if files else None


SOURCES: tuple[Callable[[Surroundings], Seed | None], ...] = (_credential, _ovf, _nocloud, _stick)


def find_seed(around: Surroundings) -> Seed | None:
    """The first that is there, or None. Raises BadSeed."""
    return next((seed for source in SOURCES if (seed := source(around)) is not None), None)


def _volume(
    around: Surroundings, labels: tuple[str, ...], names: tuple[str, ...], source: str
) -> dict[str, bytes]:
    for label in labels:
        try:
            volume = around.volumes.read(label, names)
        except (OSError, ValueError) as error:
            raise BadSeed(source=source, why=f"volume {label}: {error}") from error
        if volume is not None and volume.files:
            return volume.files
    return {}
