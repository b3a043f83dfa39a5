"""What of a report an administrator should read first: one sentence per thing that is not well. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hwmgmt.disks.states import NO_ERROR
from hwmgmt.health.report import (
    AreaHealth,
    DiskHealth,
    EventLog,
    Fan,
    Finding,
    Load,
    Memory,
    PowerSupply,
    RaidDrive,
    Temperature,
)
from hwmgmt.health.sources import Sources
from hwmgmt.health.states import MemoryStatus, PowerSupplyStatus, RaidStatus, Verdict
from hwmgmt.reading import Reading, Reason
from hwmgmt.size import format_size

# "There is nothing of that kind here", as opposed to "it could not be seen".
_NOTHING_THERE = {Reason.OK, Reason.ABSENT, Reason.UNSUPPORTED}

_SUPPLY_WORDS = {
    PowerSupplyStatus.NO_AC: "has no mains power",
    PowerSupplyStatus.FAULTY: "is faulty",
}


def unread(sources: Sources) -> Iterator[Finding]:
    """Sources that are there and did not answer: what they watch is unwatched."""
    parts: tuple[tuple[str, Reading[Any]], ...] = (
        ("BMC", sources.sensors),
        ("kernel sensors", sources.kernel),
        ("RAID", sources.raid),
        ("SMART", sources.smart),
        ("memory and load", sources.usage),
        ("quota areas", sources.areas),
    )
    for part, reading in parts:
        if reading.reason not in _NOTHING_THERE:
            detail = reading.detail or "no detail"
            yield Finding(part, Verdict.WARNING, f"{part} could not be read ({reading.reason}): {detail}")
    if sources.raid.value is not None:
        controllers = sources.raid.value.controllers
        if controllers.reason not in _NOTHING_THERE:
            sentence = f"RAID controllers could not be read ({controllers.reason}): {controllers.detail}"
            yield Finding("RAID", Verdict.WARNING, sentence)


def supplies(found: Iterable[PowerSupply], wanted: int) -> Iterator[Finding]:
    """`wanted`: how many must be healthy; 0 if all that are installed."""
    healthy = 0
    for supply in found:
        status = supply.status.value
        healthy += status is PowerSupplyStatus.HEALTHY
        tail = f" ({supply.detail})" if supply.detail else ""
        if status in _SUPPLY_WORDS:
            yield Finding(supply.name, Verdict.FAILED, f"{supply.name} {_SUPPLY_WORDS[status]}{tail}")
        elif status is PowerSupplyStatus.HEALTHY and supply.detail:
            yield Finding(supply.name, Verdict.WARNING, f"{supply.name}: {supply.detail}")
        elif status is None:
            yield _silent(supply.name, supply.status)
    if healthy < wanted:
        yield Finding("power", Verdict.FAILED, f"{healthy} of {wanted} power supplies are healthy")


def temperatures(found: Iterable[Temperature]) -> Iterator[Finding]:
    for item in found:
        if item.verdict is not Verdict.OK:
            yield Finding(item.name, item.verdict, f"{item.name} is at {item.celsius.value:g} °C")
        elif item.celsius.reason not in _NOTHING_THERE:
            yield _silent(item.name, item.celsius)


def fans(found: Iterable[Fan]) -> Iterator[Finding]:
    for fan in found:
        if fan.verdict is not Verdict.OK:
            words = "stands still" if fan.rpm.value == 0 else f"turns at {fan.rpm.value or 0:g} rpm"
            yield Finding(fan.name, fan.verdict, f"{fan.name} {words}")
        elif fan.rpm.reason not in _NOTHING_THERE:
            yield _silent(fan.name, fan.rpm)


def raid(found: Iterable[RaidDrive]) -> Iterator[Finding]:
    for drive in found:
        tail = "" if drive.last_error == NO_ERROR else f": {drive.last_error}"
        if drive.status.value is RaidStatus.FAILURE:
            yield Finding(drive.raid_id, Verdict.FAILED, f"drive {drive.raid_id} has failed{tail}")
        elif drive.status.value is RaidStatus.REBUILD:
            yield Finding(drive.raid_id, Verdict.WARNING, f"drive {drive.raid_id} is being rebuilt{tail}")
        elif drive.status.value is None:
            yield _silent(f"drive {drive.raid_id}", drive.status)


def disks(found: Iterable[DiskHealth]) -> Iterator[Finding]:
    for disk in found:
        if disk.verdict is Verdict.FAILED:
            yield Finding(disk.device, disk.verdict, f"disk {disk.device} says that it is failing")
        elif disk.verdict is Verdict.WARNING:
            values = f"{disk.celsius}, {disk.wear} worn, bad sectors: {disk.bad_sectors}"
            yield Finding(disk.device, disk.verdict, f"disk {disk.device} is not well: {values}")
        elif disk.passed.reason not in _NOTHING_THERE:
            yield _silent(f"disk {disk.device}", disk.passed)


def usage(memory: Memory | None, load: Load | None) -> Iterator[Finding]:
    if memory and memory.status is not MemoryStatus.AVAILABLE:
        verdict = Verdict.FAILED if memory.status is MemoryStatus.FULL else Verdict.WARNING
        left = format_size(memory.available)
        yield Finding("memory", verdict, f"memory is {memory.percent} % in use, {left} left")
    if load and load.verdict is not Verdict.OK:
        sentence = f"load is {load.fifteen:.1f} over 15 minutes on {load.processors} processors"
        yield Finding("load", load.verdict, sentence)


def areas(found: Iterable[AreaHealth]) -> Iterator[Finding]:
    for area in found:
        if area.verdict is not Verdict.OK:
            name = area.area.value.replace("_", " ")
            reached = f", over {area.alert} %" if area.verdict is Verdict.WARNING else ""
            sentence = f"the area {name} is {area.percent:g} % full{reached} ({format_size(area.limit)})"
            yield Finding(name, area.verdict, sentence)


def event_log(log: EventLog | None) -> Iterator[Finding]:
    if log and (log.overflow or (log.free == 0 and log.entries)):
        sentence = f"the BMC's event log is full with {log.entries} entries and loses new ones"
        yield Finding("event log", Verdict.WARNING, sentence)


def _silent(name: str, reading: Reading[Any]) -> Finding:
    return Finding(name, Verdict.WARNING, f"{name} could not be read ({reading.reason}): {reading.detail}")
