from __future__ import annotations

from typing import Any

import pytest

from hwmgmt.disks.raid import Raid
from hwmgmt.disks.smart import SmartDevice
from hwmgmt.disks.states import DriveState
from hwmgmt.health.assess import assess
from hwmgmt.health.report import HealthReport
from hwmgmt.health.sources import Kernel, KernelSensor, Usage
from hwmgmt.health.states import (
    MemoryStatus,
    PowerSupplyRedundancy,
    PowerSupplyStatus,
    QueueStatus,
    RaidStatus,
    Verdict,
)
from hwmgmt.health.thresholds import Limits, Thresholds
from hwmgmt.ipmi.sel import SelInfo
from hwmgmt.models.model import QuotaArea
from hwmgmt.reading import Reading, Reason, known, missing
from tests.hwmgmt.health.readings import (
    FAN,
    GIB,
    INLET,
    PSU1,
    PSU2,
    area,
    found,
    healthy_sensors,
    raid,
    smart,
    sources,
)


def sentences(report: HealthReport) -> list[str]:
    return [finding.sentence for finding in report.findings]


def with_sensor(index: int, raw: bytes, answer: bytes | int) -> Reading[Any]:
    sensors = healthy_sensors()
    sensors[index] = found(raw, answer)
    return known(tuple(sensors))


def test_a_healthy_machine() -> None:
    report = assess(sources())
    assert report.verdict is Verdict.OK
    assert report.findings == ()
    assert [supply.status.need() for supply in report.power_supplies.need()] == [
        PowerSupplyStatus.HEALTHY
    ] * 2
    assert report.redundancy.need() is PowerSupplyRedundancy.OK
    assert [item.name for item in report.temperatures.need()] == ["INLET_TEMP", "coretemp Package id 0"]
    assert report.fans.need()[0].rpm.need() == 5400
    assert [drive.raid_id for drive in report.raid.need()] == ["md0:sda3", "md0:sdb3"]
    assert report.memory.need().status is MemoryStatus.AVAILABLE


@pytest.mark.parametrize(
    ("states", "status", "verdict"),
    [
        (0b0000_0001, PowerSupplyStatus.HEALTHY, Verdict.OK),
        (0b0000_1001, PowerSupplyStatus.NO_AC, Verdict.FAILED),
        (0b0001_0001, PowerSupplyStatus.NO_AC, Verdict.FAILED),
        (0b0000_0011, PowerSupplyStatus.FAULTY, Verdict.FAILED),
        (0b0000_1011, PowerSupplyStatus.FAULTY, Verdict.FAILED),
        (0b0100_0001, PowerSupplyStatus.FAULTY, Verdict.FAILED),
        (0b0000_0101, PowerSupplyStatus.HEALTHY, Verdict.WARNING),
        (0b0000_0000, PowerSupplyStatus.NOT_INSTALLED, Verdict.OK),
    ],
)
def test_power_supplies(states: int, status: PowerSupplyStatus, verdict: Verdict) -> None:
    report = assess(sources(sensors=with_sensor(3, PSU2, bytes([0, 0xC0, states, 0x80]))))
    assert report.power_supplies.need()[1].status.need() is status
    assert report.verdict is verdict
    lost = status is not PowerSupplyStatus.HEALTHY
    assert (report.redundancy.need() is PowerSupplyRedundancy.LOST) is lost


def test_a_supply_that_is_not_there_counts_when_two_are_wanted() -> None:
    readings = sources(sensors=with_sensor(3, PSU2, 0xCB))
    assert assess(readings).verdict is Verdict.OK
    report = assess(readings, Thresholds(supplies=2))
    assert sentences(report) == ["1 of 2 power supplies are healthy"]


def test_two_sensors_of_one_supply_are_one_supply() -> None:
    sensors = (
        found(PSU1, b"\x00\xc0\x01\x80"),
        found(PSU1.replace(b"STATUS", b"INPUTS"), b"\x00\xc0\x08\x80"),
    )
    (supply,) = assess(sources(sensors=known(sensors))).power_supplies.need()
    assert (supply.name, supply.status.need()) == ("PSU1", PowerSupplyStatus.NO_AC)


def test_96_degrees() -> None:
    report = assess(sources(sensors=with_sensor(0, INLET, b"\x60\xc0\x38")))
    assert report.verdict is Verdict.FAILED
    assert sentences(report) == ["INLET_TEMP is at 96 °C"]


def test_a_sites_own_limits_come_on_top() -> None:
    limits = Thresholds(sensors={"INLET_TEMP": Limits(warning=20)})
    assert assess(sources(), limits).verdict is Verdict.WARNING
    assert assess(sources(), Thresholds(temperature=Limits(failed=40))).verdict is Verdict.FAILED


def test_a_fan_that_stands_still_has_failed_whatever_its_limits() -> None:
    report = assess(sources(sensors=with_sensor(1, FAN, b"\x00\xc0\x00")))
    assert report.verdict is Verdict.FAILED
    assert sentences(report) == ["FAN1_SPEED stands still"]


def test_a_slow_fan_is_a_warning() -> None:
    report = assess(sources(), Thresholds(fan_minimum=6000))
    assert sentences(report) == ["FAN1_SPEED turns at 5400 rpm"]


def test_kernel_sensors_stand_in_for_a_machine_without_a_bmc() -> None:
    hot = KernelSensor("coretemp", "coretemp Core 0", known(101.0, "°C"), known(80.0), known(100.0))
    none: Reading[Any] = missing(Reason.ABSENT, "no BMC")
    report = assess(sources(sensors=none, event_log=none, kernel=known(Kernel((hot,), ()))))
    assert report.power_supplies.reason is Reason.ABSENT
    assert report.fans.reason is Reason.ABSENT
    assert sentences(report) == ["coretemp Core 0 is at 101 °C"]


@pytest.mark.parametrize(
    ("state", "status", "verdict"),
    [
        (DriveState.FAILURE, RaidStatus.FAILURE, Verdict.FAILED),
        (DriveState.REBUILD, RaidStatus.REBUILD, Verdict.WARNING),
        (DriveState.SPARE, RaidStatus.HEALTHY, Verdict.OK),
        (DriveState.UNKNOWN, None, Verdict.WARNING),
    ],
)
def test_drives(state: DriveState, status: RaidStatus | None, verdict: Verdict) -> None:
    report = assess(sources(raid=known(raid(DriveState.HEALTHY, state))))
    assert report.raid.need()[1].status.value is status
    assert report.verdict is verdict


def test_a_controller_that_does_not_answer_is_a_warning() -> None:
    silent = Raid(missing(Reason.ABSENT), missing(Reason.TIMEOUT, "storcli64: no answer"))
    assert sentences(assess(sources(raid=known(silent)))) == [
        "RAID controllers could not be read (timeout): storcli64: no answer"
    ]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"passed": known(False)}, Verdict.FAILED),
        ({"temperature": known(61, "°C")}, Verdict.WARNING),
        ({"wear": known(95, "%")}, Verdict.WARNING),
        ({"problems": ("errors in the drive's error log",)}, Verdict.WARNING),
    ],
)
def test_disks(changes: dict[str, object], verdict: Verdict) -> None:
    drives = {SmartDevice("/dev/sda"): known(smart(**changes))}
    assert assess(sources(smart=known(drives))).verdict is verdict


def test_a_disk_that_does_not_answer_is_a_warning() -> None:
    drives: dict[SmartDevice, Reading[Any]] = {
        SmartDevice("/dev/bus/0", "megaraid,8"): missing(Reason.TIMEOUT, "late")
    }
    report = assess(sources(smart=known(drives)))
    assert report.disks.need()[0].device == "/dev/bus/0 megaraid,8"
    assert report.verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("available", "status", "verdict"),
    [
        (16, MemoryStatus.AVAILABLE, Verdict.OK),
        (3, MemoryStatus.SHORTAGE, Verdict.WARNING),
        (0, MemoryStatus.FULL, Verdict.FAILED),
    ],
)
def test_memory(available: int, status: MemoryStatus, verdict: Verdict) -> None:
    report = assess(sources(usage=known(Usage(32 * GIB, available * GIB, (0, 0, 0), 2))))
    assert (report.memory.need().status, report.verdict) == (status, verdict)


def test_load_counts_over_fifteen_minutes_and_by_processor() -> None:
    assert assess(sources(usage=known(Usage(GIB, GIB, (99, 50, 7.9), 2)))).verdict is Verdict.OK
    assert assess(sources(usage=known(Usage(GIB, GIB, (0, 0, 8.0), 2)))).verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("percent", "status", "verdict"),
    [
        (74, QueueStatus.AVAILABLE, Verdict.OK),
        (76, QueueStatus.AVAILABLE, Verdict.WARNING),
        (86, QueueStatus.SHORTAGE, Verdict.WARNING),
        (100, QueueStatus.FULL, Verdict.FAILED),
    ],
)
def test_the_mail_queue_fills_up(percent: int, status: QueueStatus, verdict: Verdict) -> None:
    report = assess(sources(areas=known((area(QuotaArea.MAIL_QUEUE, percent),))))
    assert (report.queue.need(), report.verdict) == (status, verdict)


@pytest.mark.parametrize(("percent", "words"), [(75, "over 75 %"), (85, "over 85 %"), (96, "over 95 %")])
def test_alerts_of_areas_are_findings(percent: int, words: str) -> None:
    """H4: at 75, 85 and 95 %."""
    report = assess(sources(areas=known((area(QuotaArea.TRACKING, percent),))))
    assert sentences(report) == [f"the area tracking is {percent} % full, {words} (100 GiB)"]


def test_a_site_may_want_to_hear_of_areas_later() -> None:
    readings = sources(areas=known((area(QuotaArea.TRACKING, 80),)))
    assert assess(readings, Thresholds(areas_warning=85)).verdict is Verdict.OK
    assert assess(readings, Thresholds(areas_warning=0)).verdict is Verdict.WARNING


def test_a_queue_without_a_limit_has_no_status() -> None:
    assert assess(sources(areas=known(()))).queue.reason is Reason.MALFORMED


def test_an_event_log_that_loses_entries_is_a_warning() -> None:
    assert assess(sources(event_log=known(SelInfo(1000, 0, None, None, True)))).verdict is Verdict.WARNING


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.DENIED, Reason.MALFORMED])
@pytest.mark.parametrize("name", ["sensors", "kernel", "raid", "smart", "usage", "areas"])
def test_what_cannot_be_seen_is_a_warning_and_never_well(name: str, reason: Reason) -> None:
    report = assess(sources(**{name: missing(reason, "why")}))
    assert report.verdict is Verdict.WARNING
    assert "could not be read" in sentences(report)[0]


@pytest.mark.parametrize("name", ["sensors", "kernel", "raid", "smart", "usage", "areas", "event_log"])
def test_what_is_not_there_is_no_finding(name: str) -> None:
    assert assess(sources(**{name: missing(Reason.ABSENT, "none")})).verdict is Verdict.OK


def test_one_sensor_that_is_late_is_a_finding_of_its_own() -> None:
    readings = with_sensor(1, FAN, 0xC3)
    report = assess(sources(sensors=readings))
    assert report.fans.need()[0].rpm.reason is Reason.TIMEOUT
    assert report.verdict is Verdict.WARNING
    readings = with_sensor(2, PSU1, 0xC3)
    report = assess(sources(sensors=readings))
    assert report.power_supplies.need()[0].status.reason is Reason.TIMEOUT
    assert report.redundancy.need() is PowerSupplyRedundancy.LOST
