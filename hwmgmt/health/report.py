"""The report: plain frozen data. Which value is missing, and why, is part of it."""

from __future__ import annotations

from dataclasses import dataclass

from hwmgmt.disks.states import NO_ERROR
from hwmgmt.health.states import (
    MemoryStatus,
    PowerSupplyRedundancy,
    PowerSupplyStatus,
    QueueStatus,
    RaidStatus,
    Verdict,
)
from hwmgmt.models.model import QuotaArea
from hwmgmt.reading import Reading


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an administrator should know: which part, how bad, and a sentence."""

    part: str
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True)
class PowerSupply:
    """powerSupplyTable; `index` from 1 to 8."""

    index: int
    name: str
    status: Reading[PowerSupplyStatus]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Temperature:
    """temperatureTable; `source` is "ipmi" or the kernel's driver."""

    index: int
    name: str
    celsius: Reading[float]
    verdict: Verdict
    source: str


@dataclass(frozen=True, slots=True)
class Fan:
    """fanTable. 0 rpm has failed."""

    index: int
    name: str
    rpm: Reading[float]
    verdict: Verdict
    source: str


@dataclass(frozen=True, slots=True)
class RaidDrive:
    """raidTable, one row per drive."""

    index: int
    raid_id: str
    status: Reading[RaidStatus]
    last_error: str = NO_ERROR


@dataclass(frozen=True, slots=True)
class DiskHealth:
    """What a drive says about itself (SMART). Temperature in °C, wear in per cent of its life."""

    device: str
    model: Reading[str]
    passed: Reading[bool]
    celsius: Reading[int]
    wear: Reading[int]
    bad_sectors: Reading[int]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, per cent in use, and memoryAvailabilityStatus."""

    total: int
    available: int
    percent: float
    status: MemoryStatus


@dataclass(frozen=True, slots=True)
class Load:
    """Load averages over 1, 5 and 15 minutes, and the number of processors they are shared by."""

    one: float
    five: float
    fifteen: float
    processors: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class EventLog:
    """How full the BMC's event log is: entries, bytes free, whether entries were lost."""

    entries: int
    free: int
    overflow: bool


@dataclass(frozen=True, slots=True)
class AreaHealth:
    """A quota area: bytes used and allowed, per cent, the alert reached (75, 85, 95 %; 0 for none)."""

    area: QuotaArea
    used: int
    limit: int
    percent: float
    alert: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Everything, with the worst of it as the verdict. A section that could not be read has its reason."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    power_supplies: Reading[tuple[PowerSupply, ...]]
    redundancy: Reading[PowerSupplyRedundancy]
    temperatures: Reading[tuple[Temperature, ...]]
    fans: Reading[tuple[Fan, ...]]
    raid: Reading[tuple[RaidDrive, ...]]
    disks: Reading[tuple[DiskHealth, ...]]
    memory: Reading[Memory]
    load: Reading[Load]
    areas: Reading[tuple[AreaHealth, ...]]
    queue: Reading[QueueStatus]
    event_log: Reading[EventLog]
    took_s: float
