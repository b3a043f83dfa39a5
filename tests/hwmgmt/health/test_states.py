from collections.abc import Iterable

from hwmgmt.health.states import (
    MemoryStatus,
    PowerSupplyRedundancy,
    PowerSupplyStatus,
    QueueStatus,
    RaidStatus,
    Verdict,
    _MibEnum,
    worst,
)


def test_names_and_numbers_are_those_of_the_mib() -> None:
    def table(enumeration: Iterable[_MibEnum]) -> dict[str, int]:
        return {member.value: member.mib for member in enumeration}

    assert table(PowerSupplyStatus) == {
        "powerSupplyNotInstalled": 1,
        "powerSupplyHealthy": 2,
        "powerSupplyNoAC": 3,
        "powerSupplyFaulty": 4,
    }
    assert table(PowerSupplyRedundancy) == {"powerSupplyRedundancyOK": 1, "powerSupplyRedundancyLost": 2}
    assert table(RaidStatus) == {"driveHealthy": 1, "driveFailure": 2, "driveRebuild": 3}
    assert table(QueueStatus) == {"queueSpaceAvailable": 1, "queueSpaceShortage": 2, "queueFull": 3}
    assert table(MemoryStatus) == {"memoryAvailable": 1, "memoryShortage": 2, "memoryFull": 3}


def test_the_worst_verdict_counts() -> None:
    assert worst([Verdict.WARNING, Verdict.OK]) is Verdict.WARNING
    assert worst([Verdict.FAILED, Verdict.WARNING]) is Verdict.FAILED
    assert worst([]) is Verdict.OK
