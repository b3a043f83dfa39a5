"""The enumerations of the ASYNCOS-MAIL-MIB (1.3.6.1.4.1.15497.1.1.1), by its names and numbers.

A site that monitors such appliances has templates for these: our values are theirs. `mib` is the number an
SNMP agent would answer.
"""

from __future__ import annotations

from enum import StrEnum


class _MibEnum(StrEnum):
    """Members count from 1, in the order of the MIB."""

    @property
    def mib(self) -> int:
        return list(type(self)).index(self) + 1


class PowerSupplyStatus(_MibEnum):
    """powerSupplyTable, column 2."""

    NOT_INSTALLED = "powerSupplyNotInstalled"
    HEALTHY = "powerSupplyHealthy"
    NO_AC = "powerSupplyNoAC"
    FAULTY = "powerSupplyFaulty"


class PowerSupplyRedundancy(_MibEnum):
    """powerSupplyTable, column 3: lost as soon as one supply is not healthy."""

    OK = "powerSupplyRedundancyOK"
    LOST = "powerSupplyRedundancyLost"


class RaidStatus(_MibEnum):
    """raidTable, column 2: the state of a drive."""

    HEALTHY = "driveHealthy"
    FAILURE = "driveFailure"
    REBUILD = "driveRebuild"


class MemoryStatus(_MibEnum):
    """memoryAvailabilityStatus."""

    AVAILABLE = "memoryAvailable"
    SHORTAGE = "memoryShortage"
    FULL = "memoryFull"


class QueueStatus(_MibEnum):
    """queueAvailabilityStatus, of the mail queue's area."""

    AVAILABLE = "queueSpaceAvailable"
    SHORTAGE = "queueSpaceShortage"
    FULL = "queueFull"


class Verdict(StrEnum):
    """What the report comes to. Ours: the MIB has none."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        return list(Verdict).index(self)


def worst(verdicts: list[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.OK)
