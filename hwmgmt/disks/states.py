"""What is said about a RAID array and its drives, whatever drives it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hwmgmt.reading import Reading


class DriveState(StrEnum):
    """raidStatus of the ASYNCOS-MAIL-MIB: healthy 1, failure 2, rebuild 3. Spare and unknown are ours."""

    HEALTHY = "healthy"
    FAILURE = "failure"
    REBUILD = "rebuild"
    SPARE = "spare"
    UNKNOWN = "unknown"


class ArrayState(StrEnum):
    OPTIMAL = "optimal"
    REBUILDING = "rebuilding"  # degraded, and on the way back
    DEGRADED = "degraded"  # works; the next drive may be one too many
    FAILED = "failed"
    UNKNOWN = "unknown"


# What the MIB's raidLastError holds for a drive that is well.
NO_ERROR = "No Error"


@dataclass(frozen=True, slots=True)
class Drive:
    """A member of an array. `name` is a device (sda3) or a place in an enclosure (252:0)."""

    name: str
    state: DriveState
    last_error: str = NO_ERROR


@dataclass(frozen=True, slots=True)
class Array:
    """An array. `progress` is the rebuild or check in per cent; absent if none runs."""

    name: str
    level: str
    state: ArrayState
    drives: tuple[Drive, ...]
    progress: Reading[float]
    source: str  # "md", "storcli64" …
