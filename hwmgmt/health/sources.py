"""What a report is made of: each source beside the others, all within one deadline.

A source has deadlines inside (the IPMI session, smartctl); the one here is for what nobody can bound.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwmgmt.aside import start
from hwmgmt.disks.raid import Raid, read_raid
from hwmgmt.disks.smart import Smart, SmartDevice, read_smart, scan
from hwmgmt.ipmi import sel, sensors
from hwmgmt.ipmi.bmc import Bmc, NoAnswer
from hwmgmt.ipmi.bmc import reading as bmc_reading
from hwmgmt.ipmi.sdr import repository
from hwmgmt.ipmi.sdr.records import SensorRecord
from hwmgmt.ipmi.sensors import Sensor
from hwmgmt.ipmi.session import Session
from hwmgmt.ipmi.target import InBand, Target, why_absent
from hwmgmt.ipmi.vocabulary import SensorType
from hwmgmt.quota.project import ProjectQuotas, Quotas
from hwmgmt.quota.status import AreaStatus, read_status
from hwmgmt.reading import (
    Reading,
    Reason,
    known,
    list_names,
    missing,
    read_int,
    read_text,
    under,
)

DEADLINE_S = 8.0
BMC_ANSWER_S = 3.0
BMC_BUDGET_S = 6.0
SMART_S = 3.0
# The file system of the quota areas.
AREAS_MOUNT = "var"
# Detail of what is not read because the BMC is another machine's.
ELSEWHERE = "only the BMC was asked"
# Only these are read for a report; a board has a hundred more.
_KINDS = {SensorType.TEMPERATURE, SensorType.FAN, SensorType.POWER_SUPPLY}


@dataclass(frozen=True, slots=True)
class KernelSensor:
    """A reading of hwmon. `limit` and `critical` as the driver gives them, in the unit of the value."""

    driver: str
    name: str
    value: Reading[float]
    limit: Reading[float]
    critical: Reading[float]


@dataclass(frozen=True, slots=True)
class Kernel:
    """Temperatures in °C, fans in rpm."""

    temperatures: tuple[KernelSensor, ...]
    fans: tuple[KernelSensor, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in bytes, load averages."""

    total: int
    available: int
    load: tuple[float, float, float]
    processors: int


@dataclass(frozen=True, slots=True)
class Sources:
    """All readings, before anybody judges them."""

    sensors: Reading[tuple[Sensor, ...]]
    event_log: Reading[sel.SelInfo]
    kernel: Reading[Kernel]
    raid: Reading[Raid]
    smart: Reading[dict[SmartDevice, Reading[Smart]]]
    usage: Reading[Usage]
    areas: Reading[tuple[AreaStatus, ...]]
    took_s: float


def collect(
    target: Target | None = None,
    *,
    root: Path = Path("/"),
    cache: Path | None = repository.CACHE,
    deadline_s: float = DEADLINE_S,
    answer_s: float = BMC_ANSWER_S,
    bmc_only: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Sources:
    """Read everything; comes back within `deadline_s` seconds (plus scheduling), whatever hangs.

    `answer_s` bounds each answer of the BMC, in seconds. `bmc_only`: ask only the BMC, which is another
    machine's.
    """
    started = clock()
    budget = min(BMC_BUDGET_S, deadline_s)
    pending: dict[str, Callable[[float], Reading[Any]]] = {
        "bmc": start(lambda: read_bmc(target or InBand(), cache, budget, answer_s))
    }
    if not bmc_only:
        pending |= {
            "kernel": start(lambda: known(read_kernel(root))),
            "raid": start(lambda: known(read_raid(root, deadline=SMART_S))),
            "smart": start(_read_smart),
            "usage": start(lambda: known(read_usage())),
            "areas": start(lambda: read_areas(ProjectQuotas(under(root, AREAS_MOUNT)), root)),
        }
    elsewhere: Reading[Any] = missing(Reason.UNSUPPORTED, ELSEWHERE)
    ends = started + deadline_s
    answers = {name: job(max(ends - clock(), 0.0)) for name, job in pending.items()}
    found: Reading[Any] = answers["bmc"]
    if found.value is None:
        found_sensors: Reading[tuple[Sensor, ...]] = missing(found.reason, found.detail)
        log: Reading[sel.SelInfo] = missing(found.reason, found.detail)
    else:
        found_sensors, log = found.value
    return Sources(
        sensors=found_sensors,
        event_log=log,
        kernel=answers.get("kernel", elsewhere),
        raid=answers.get("raid", elsewhere),
        smart=answers.get("smart", elsewhere),
        usage=answers.get("usage", elsewhere),
        areas=answers.get("areas", elsewhere),
        took_s=clock() - started,
    )


BmcReadings = tuple[Reading[tuple[Sensor, ...]], Reading[sel.SelInfo]]


def read_bmc(
    target: Target, cache: Path | None, budget_s: float, answer_s: float = BMC_ANSWER_S
) -> Reading[BmcReadings]:
    """Sensors a report needs, and how full the event log is."""
    if detail := why_absent(target):
        return missing(Reason.ABSENT, detail)
    with Session(target, answer_s=min(answer_s, budget_s), budget_s=budget_s) as session:
        return read_sensors(session, cache, str(target))


def read_sensors(bmc: Bmc, cache: Path | None, owner: str = "") -> Reading[BmcReadings]:
    """As `read_bmc`, from any BMC."""
    try:
        records = repository.read(bmc, cache=cache, owner=owner)
    except NoAnswer as error:
        return missing(error.reason, error.detail)
    if not records.sensors and records.bad:
        return missing(records.bad[0].reason, records.bad[0].detail)
    wanted = [record for record in records.sensors if _matters(record)]
    found = tuple(sensors.read(bmc, wanted))
    return known((known(found), bmc_reading(lambda: sel.info(bmc))))


def _matters(record: SensorRecord) -> bool:
    return record.readable and record.sensor_type in _KINDS


def read_kernel(root: Path) -> Kernel:
    """Temperatures and fans of hwmon (Documentation/hwmon/sysfs-interface): m°C and rpm."""
    temperatures: list[KernelSensor] = []
    fans: list[KernelSensor] = []
    base = "sys/class/hwmon"
    for device in list_names(root, base).otherwise(()):
        place = f"{base}/{device}"
        driver = read_text(root, f"{place}/name").otherwise(device)
        for file in list_names(root, place).otherwise(()):
            stem = file.removesuffix("_input")
            if stem == file:
                continue
            if stem.startswith("temp"):
                temperatures.append(_kernel_sensor(root, place, stem, driver, "°C", 1000.0))
            elif stem.startswith("fan"):
                fans.append(_kernel_sensor(root, place, stem, driver, "rpm", 1.0))
    return Kernel(tuple(temperatures), tuple(fans))


def _kernel_sensor(root: Path, place: str, stem: str, driver: str, unit: str, scale: float) -> KernelSensor:
    def number(suffix: str) -> Reading[float]:
        return read_int(root, f"{place}/{stem}_{suffix}").map(lambda raw: raw / scale, unit=unit)

    label = read_text(root, f"{place}/{stem}_label").otherwise(stem)
    return KernelSensor(driver, f"{driver} {label}", number("input"), number("max"), number("crit"))


def _read_smart() -> Reading[dict[SmartDevice, Reading[Smart]]]:
    devices = scan(deadline=SMART_S)
    if devices.value is None:
        return missing(devices.reason, devices.detail)
    return known(read_smart(devices.value, deadline=SMART_S))


def read_areas(quotas: Quotas, root: Path) -> Reading[tuple[AreaStatus, ...]]:
    """The areas that have a limit; the reason of the first if none can be read."""
    found = read_status(quotas, root)
    counted = tuple(area for area in found if area.usage.value)
    if not counted and found:
        return missing(found[0].usage.reason, found[0].usage.detail)
    return known(tuple(area for area in counted if area.usage.need().limit))


def read_usage() -> Usage:
    """Memory and load of this machine."""
    # A third of what the report otherwise imports, and not needed for another machine's BMC.
    import psutil

    memory = psutil.virtual_memory()
    return Usage(memory.total, memory.available, os.getloadavg(), os.cpu_count() or 1)
