"""Everything about the machine at once, each part read beside the others within one deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwmgmt.aside import start
from hwmgmt.disks.block import Disk, list_disks, udev_properties
from hwmgmt.disks.raid import Raid, read_raid
from hwmgmt.ipmi import device, fru
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.device import DeviceId
from hwmgmt.ipmi.fru import Fru
from hwmgmt.ipmi.sdr import repository
from hwmgmt.ipmi.session import Session
from hwmgmt.ipmi.target import InBand, Target, why_absent
from hwmgmt.models.detect import Detected, detect
from hwmgmt.net.links import Network
from hwmgmt.net.sources import read_network
from hwmgmt.reading import Reading, Reason, known, missing

DEADLINE_S = 8.0
BMC_ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Inventory:
    """Parts of the machine. Each says why if it could not be read; `took_s` in seconds."""

    model: Reading[Detected]
    network: Reading[Network]
    disks: Reading[tuple[Disk, ...]]
    raid: Reading[Raid]
    bmc: Reading[DeviceId]
    parts: Reading[tuple[Fru, ...]]
    took_s: float


def collect(
    target: Target | None = None,
    *,
    root: Path = Path("/"),
    cache: Path | None = repository.CACHE,
    deadline_s: float = DEADLINE_S,
    clock: Callable[[], float] = time.monotonic,
) -> Inventory:
    """Read everything. Comes back within `deadline_s` seconds; raises nothing."""
    started = clock()
    jobs: dict[str, Callable[[float], Reading[Any]]] = {
        "bmc": start(lambda: _bmc(target or InBand(), cache, deadline_s)),
        "model": start(lambda: known(detect(root))),
        "network": start(lambda: read_network(root)),
        "disks": start(lambda: list_disks(root, udev_properties() if root == Path("/") else None)),
        "raid": start(lambda: known(read_raid(root, deadline=deadline_s / 2))),
    }
    ends = started + deadline_s
    found = {name: job(max(ends - clock(), 0.0)) for name, job in jobs.items()}
    answered = found["bmc"]
    none: Reading[Any] = missing(answered.reason, answered.detail) if answered.value is None else answered
    who, parts = (none, none) if answered.value is None else answered.value
    return Inventory(
        model=found["model"],
        network=found["network"],
        disks=found["disks"],
        raid=found["raid"],
        bmc=who,
        parts=parts,
        took_s=clock() - started,
    )


def _bmc(
    target: Target, cache: Path | None, budget_s: float
) -> Reading[tuple[Reading[DeviceId], Reading[tuple[Fru, ...]]]]:
    if detail := why_absent(target):
        return missing(Reason.ABSENT, detail)
    with Session(target, answer_s=min(BMC_ANSWER_S, budget_s), budget_s=budget_s) as session:
        try:
            who = device.read(session)
        except NoAnswer as error:
            return missing(error.reason, error.detail)
        try:
            locators = repository.read(session, cache=cache, owner=str(target)).frus
        except NoAnswer:
            # Without a list of parts there is still the machine's own, device 0.
            locators = ()
        return known((known(who), known(tuple(fru.read_all(session, locators)))))
