"""From readings to a report: pure, so that every rule has a test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

from hwmgmt.disks.smart import Smart, SmartDevice
from hwmgmt.disks.states import Array, DriveState
from hwmgmt.health import findings
from hwmgmt.health.report import (
    AreaHealth,
    DiskHealth,
    EventLog,
    Fan,
    HealthReport,
    Load,
    Memory,
    PowerSupply,
    RaidDrive,
    Temperature,
)
from hwmgmt.health.sources import Kernel, Sources, Usage
from hwmgmt.health.states import (
    MemoryStatus,
    PowerSupplyRedundancy,
    PowerSupplyStatus,
    QueueStatus,
    RaidStatus,
    Verdict,
    worst,
)
from hwmgmt.health.thresholds import Limits, Thresholds
from hwmgmt.ipmi.sensors import Sensor
from hwmgmt.ipmi.vocabulary import SensorType as Kind
from hwmgmt.ipmi.vocabulary import Severity
from hwmgmt.models.model import QuotaArea
from hwmgmt.quota.status import AreaStatus
from hwmgmt.reading import Reading, Reason, known, missing

# Offsets of the power supply's states (IPMI 2.0, table 42-3, type 08h), gravest first.
_PRESENT, _PREDICTED, _STANDBY = 0, 2, 7
_SUPPLY_STATES = (
    ({1, 6}, PowerSupplyStatus.FAULTY),
    ({3, 4}, PowerSupplyStatus.NO_AC),
    ({5}, PowerSupplyStatus.FAULTY),
)
_BY_SEVERITY = {
    Severity.OK: Verdict.OK,
    Severity.WARNING: Verdict.WARNING,
    Severity.CRITICAL: Verdict.FAILED,
    Severity.FAILED: Verdict.FAILED,
}
_BY_DRIVE = {
    DriveState.HEALTHY: RaidStatus.HEALTHY,
    DriveState.SPARE: RaidStatus.HEALTHY,
    DriveState.FAILURE: RaidStatus.FAILURE,
    DriveState.REBUILD: RaidStatus.REBUILD,
}
# From this alert (per cent) on the MIB calls the mail queue short of space.
_QUEUE_SHORTAGE = 85

T = TypeVar("T")


def assess(sources: Sources, thresholds: Thresholds | None = None) -> HealthReport:
    """The report on these readings."""
    limits = thresholds or Thresholds()
    found = sources.sensors.otherwise(())
    kernel = sources.kernel.otherwise(Kernel((), ()))
    supplies = _of(sources.sensors, power_supplies(found))
    temperatures = _of(
        sources.sensors, _temperatures(found, kernel, limits), or_else=bool(kernel.temperatures)
    )
    fans = _of(sources.sensors, _fans(found, kernel, limits), or_else=bool(kernel.fans))
    raid = sources.raid.map(lambda raid: _drives(raid.arrays))
    disks = sources.smart.map(lambda drives: tuple(_disks(drives.items(), limits)))
    memory = sources.usage.map(lambda usage: _memory(usage, limits))
    load = sources.usage.map(lambda usage: _load(usage, limits))
    areas = sources.areas.map(lambda found: tuple(_areas(found, limits)))
    log = sources.event_log.map(lambda info: EventLog(info.entries, info.free, info.overflow))
    all_findings = tuple(
        chain(
            findings.unread(sources),
            findings.supplies(supplies.otherwise(()), limits.supplies),
            findings.temperatures(temperatures.otherwise(())),
            findings.fans(fans.otherwise(())),
            findings.raid(raid.otherwise(())),
            findings.disks(disks.otherwise(())),
            findings.usage(memory.value, load.value),
            findings.areas(areas.otherwise(())),
            findings.event_log(log.value),
        )
    )
    return HealthReport(
        verdict=worst([finding.verdict for finding in all_findings]),
        findings=all_findings,
        power_supplies=supplies,
        redundancy=_redundancy(supplies),
        temperatures=temperatures,
        fans=fans,
        raid=raid,
        disks=disks,
        memory=memory,
        load=load,
        areas=areas,
        queue=areas.map(_queue),
        event_log=log,
        took_s=sources.took_s,
    )


def _of(
    source: Reading[tuple[Sensor, ...]], items: Iterable[T], *, or_else: bool = False
) -> Reading[tuple[T, ...]]:
    """The items, or why there are none: the BMC's reason, unless the kernel had some."""
    if source.value is None and not or_else:
        return missing(source.reason, source.detail)
    return known(tuple(items))


def power_supplies(found: Iterable[Sensor]) -> Iterator[PowerSupply]:
    """One row per supply: sensors whose names have the same number are the same supply's."""
    groups: dict[str, list[Sensor]] = {}
    for sensor in found:
        if sensor.kind_code == Kind.POWER_SUPPLY and (sensor.reading.value is None or _discrete(sensor)):
            groups.setdefault(_supply_name(sensor.name), []).append(sensor)
    for index, (name, members) in enumerate(groups.items(), 1):
        status, detail = _supply_status(members)
        yield PowerSupply(index, name, status, detail)


def _discrete(sensor: Sensor) -> bool:
    return sensor.reading.value is not None and sensor.reading.value.value is None


def _supply_name(name: str) -> str:
    number = re.search(r"(?:PSU?|SUPPLY|PWR)\D{0,3}(\d+)", name.upper())
    return f"PSU{number[1]}" if number else name


def _supply_status(members: list[Sensor]) -> tuple[Reading[PowerSupplyStatus], str]:
    """The gravest of what its sensors say; without any state asserted the supply is not there."""
    states = [state for member in members if member.reading.value for state in member.reading.value.states]
    offsets = {state.offset for state in states}
    words = ", ".join(state.text for state in states if state.offset != _PRESENT)
    if not any(member.reading.ok for member in members):
        reading = members[0].reading
        if reading.reason is Reason.ABSENT:
            return known(PowerSupplyStatus.NOT_INSTALLED), reading.detail
        return missing(reading.reason, reading.detail), ""
    for signs, status in _SUPPLY_STATES:
        if offsets & signs:
            return known(status), words
    present = offsets & {_PRESENT, _PREDICTED, _STANDBY}
    return known(PowerSupplyStatus.HEALTHY if present else PowerSupplyStatus.NOT_INSTALLED), words


def _redundancy(supplies: Reading[tuple[PowerSupply, ...]]) -> Reading[PowerSupplyRedundancy]:
    if supplies.value is None:
        return missing(supplies.reason, supplies.detail)
    if not supplies.value:
        return missing(Reason.ABSENT, "the BMC has no power supply sensors")
    healthy = [supply.status.value is PowerSupplyStatus.HEALTHY for supply in supplies.value]
    return known(PowerSupplyRedundancy.OK if all(healthy) else PowerSupplyRedundancy.LOST)


def _temperatures(found: Iterable[Sensor], kernel: Kernel, limits: Thresholds) -> Iterator[Temperature]:
    rows = [
        (sensor.name, _value(sensor), _BY_SEVERITY[sensor.severity], "ipmi")
        for sensor in found
        if sensor.kind_code == Kind.TEMPERATURE and not _discrete(sensor)
    ]
    for item in kernel.temperatures:
        driver_limits = Limits(item.limit.value, item.critical.value)
        rows.append((item.name, item.value, _above(item.value, driver_limits), item.driver))
    for index, (name, celsius, verdict, source) in enumerate(rows, 1):
        verdict = worst([verdict, _above(celsius, limits.temperature_of(name))])
        yield Temperature(index, name, celsius, verdict, source)


def _fans(found: Iterable[Sensor], kernel: Kernel, limits: Thresholds) -> Iterator[Fan]:
    rows = [
        (sensor.name, _value(sensor), _BY_SEVERITY[sensor.severity], "ipmi")
        for sensor in found
        if sensor.kind_code == Kind.FAN and not _discrete(sensor)
    ]
    rows += [(item.name, item.value, Verdict.OK, item.driver) for item in kernel.fans]
    for index, (name, rpm, verdict, source) in enumerate(rows, 1):
        if rpm.value is not None:
            slow = Verdict.WARNING if rpm.value < limits.fan_minimum else Verdict.OK
            # 0 rpm is a failure by the MIB, whatever limits the BMC was given.
            verdict = Verdict.FAILED if rpm.value == 0 else worst([verdict, slow])
        yield Fan(index, name, rpm, verdict, source)


def _value(sensor: Sensor) -> Reading[float]:
    state = sensor.reading.value
    if state is None:
        return missing(sensor.reading.reason, sensor.reading.detail)
    if state.value is None:
        return missing(Reason.UNSUPPORTED, "no number")
    return known(state.value, state.unit)


def _above(value: Reading[float], limits: Limits) -> Verdict:
    if value.value is None:
        return Verdict.OK
    if limits.failed is not None and value.value >= limits.failed:
        return Verdict.FAILED
    if limits.warning is not None and value.value >= limits.warning:
        return Verdict.WARNING
    return Verdict.OK


def _drives(arrays: Iterable[Array]) -> tuple[RaidDrive, ...]:
    rows = [(f"{array.name}:{drive.name}", drive) for array in arrays for drive in array.drives]
    return tuple(
        RaidDrive(
            index,
            raid_id,
            known(_BY_DRIVE[drive.state])
            if drive.state in _BY_DRIVE
            else missing(Reason.MALFORMED, "the driver gives no state the MIB has"),
            drive.last_error,
        )
        for index, (raid_id, drive) in enumerate(rows, 1)
    )


def _disks(drives: Iterable[tuple[SmartDevice, Reading[Smart]]], limits: Thresholds) -> Iterator[DiskHealth]:
    for device, answer in drives:
        smart = answer.value
        name = f"{device.name} {device.kind}" if "," in device.kind else device.name
        if smart is None:
            none: Reading[Any] = missing(answer.reason, answer.detail)
            yield DiskHealth(name, none, none, none, none, none, Verdict.OK)
            continue
        hot = (smart.temperature.value or 0) >= limits.disk_temperature
        worn = (smart.wear.value or 0) >= limits.disk_wear
        verdict = Verdict.WARNING if hot or worn or smart.problems else Verdict.OK
        if smart.passed.value is False:
            verdict = Verdict.FAILED
        yield DiskHealth(
            name, smart.model, smart.passed, smart.temperature, smart.wear, smart.bad_sectors, verdict
        )


def _memory(usage: Usage, limits: Thresholds) -> Memory:
    percent = 100.0 * (usage.total - usage.available) / usage.total if usage.total else 0.0
    status = MemoryStatus.AVAILABLE
    if percent >= limits.memory_full:
        status = MemoryStatus.FULL
    elif percent >= limits.memory_shortage:
        status = MemoryStatus.SHORTAGE
    return Memory(usage.total, usage.available, round(percent, 1), status)


def _load(usage: Usage, limits: Thresholds) -> Load:
    busy = usage.load[2] / usage.processors >= limits.load_warning
    return Load(*usage.load, usage.processors, Verdict.WARNING if busy else Verdict.OK)


def _areas(found: Iterable[AreaStatus], limits: Thresholds) -> Iterator[AreaHealth]:
    for area in found:
        usage = area.usage.need()
        verdict = Verdict.WARNING if area.alert and area.alert >= limits.areas_warning else Verdict.OK
        if usage.used >= usage.limit:
            verdict = Verdict.FAILED
        percent = round(100.0 * usage.used / usage.limit, 1)
        yield AreaHealth(area.area, usage.used, usage.limit, percent, area.alert, verdict)


def _queue(areas: tuple[AreaHealth, ...]) -> QueueStatus:
    """Of the mail queue's area. Raises ValueError when it has no limit."""
    for area in areas:
        if area.area is QuotaArea.MAIL_QUEUE:
            if area.verdict is Verdict.FAILED:
                return QueueStatus.FULL
            return QueueStatus.SHORTAGE if area.alert >= _QUEUE_SHORTAGE else QueueStatus.AVAILABLE
    raise ValueError("the mail queue has no limit")
