import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.disks.smart import SmartDevice, parse_scan, parse_smart, read_smart, scan
from hwmgmt.program import Finished
from hwmgmt.reading import Reading, Reason, known, missing

ATA: dict[str, Any] = {
    "model_name": "SEAGATE ST600MM0006",
    "serial_number": "S0M1",
    "smart_status": {"passed": True},
    "temperature": {"current": 34},
    "power_on_time": {"hours": 20411},
    "ata_smart_attributes": {
        "table": [
            {"id": 5, "name": "Reallocated_Sector_Ct", "raw": {"value": 8, "string": "8"}},
            {"id": 197, "name": "Current_Pending_Sector", "raw": {"value": 2}},
            {"id": 9, "name": "Power_On_Hours", "raw": {"value": 20411}},
        ]
    },
}
NVME: dict[str, Any] = {
    "model_name": "INTEL SSDPE2KX010T8",
    "smart_status": {"passed": True, "nvme": {"value": 0}},
    "nvme_smart_health_information_log": {"percentage_used": 3, "media_errors": 0},
}
SCSI: dict[str, Any] = {
    "scsi_model_name": "AL15SEB060N",
    "smart_status": {"passed": False},
    "scsi_grown_defect_list": 41,
}


def test_an_ata_drive() -> None:
    drive = parse_smart(json.dumps(ATA), "/dev/sda", 0b1000000).need()
    assert (drive.passed.value, drive.temperature.value, drive.temperature.unit) == (True, 34, "°C")
    assert (drive.bad_sectors.value, drive.hours.value, drive.wear.reason) == (10, 20411, Reason.UNSUPPORTED)
    assert drive.problems == ("errors in the drive's error log",)


def test_nvme_and_scsi_drives() -> None:
    nvme, scsi = (parse_smart(json.dumps(report), "x", 0).need() for report in (NVME, SCSI))
    assert (nvme.wear.value, nvme.bad_sectors.value) == (3, 0)
    assert (scsi.passed.value, scsi.bad_sectors.value, scsi.model.value) == (False, 41, "AL15SEB060N")


@pytest.mark.parametrize(
    ("message", "status", "reason"),
    [
        ("Smartctl open device: /dev/sda failed: Permission denied", 2, Reason.DENIED),
        ("Device is in STANDBY mode, exit(2)", 2, Reason.UNSUPPORTED),
        ("/dev/vda: Unable to detect device type", 1, Reason.UNSUPPORTED),
    ],
)
def test_a_drive_that_cannot_be_asked(message: str, status: int, reason: Reason) -> None:
    report = {"smartctl": {"messages": [{"string": message, "severity": "error"}], "exit_status": status}}
    reading = parse_smart(json.dumps(report), "/dev/sda", status)
    assert reading.reason is reason
    assert message in reading.detail


@pytest.mark.parametrize("text", ["", "[]", "null", "smartctl 6.6", "[" * 100_000])
def test_output_that_is_no_report(text: str) -> None:
    assert parse_smart(text, "/dev/sda").reason is Reason.MALFORMED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*ATA, *NVME, *SCSI, "smartctl", "endurance_used", "devices"]), JSON),
    st.integers(0, 255),
)
def test_any_report_is_read(report: dict[str, Any], status: int) -> None:
    text = json.dumps(report)
    assert parse_smart(text, "/dev/sda", status).reason in Reason
    assert all(device.name is not None for device in parse_scan(text))


def test_the_scan() -> None:
    text = json.dumps(
        {"devices": [{"name": "/dev/sda", "type": "scsi"}, {"name": "/dev/bus/0", "type": "megaraid,8"}]}
    )

    def run(words: Sequence[str], /, *, deadline: float) -> Reading[Finished]:
        return known(Finished(0, text))

    assert scan(run).need() == (SmartDevice("/dev/sda", "scsi"), SmartDevice("/dev/bus/0", "megaraid,8"))
    assert scan(lambda words, /, *, deadline: missing(Reason.ABSENT)).reason is Reason.ABSENT
    assert scan(lambda words, /, *, deadline: known(Finished(0, "?"))).reason is Reason.MALFORMED


def test_drives_are_asked_side_by_side() -> None:
    """One that hangs costs its deadline once, and the others have their answers."""

    def run(words: Sequence[str], /, *, deadline: float) -> Reading[Finished]:
        if words[-1] == "/dev/sdb":
            time.sleep(deadline)
            return missing(Reason.TIMEOUT, "sdb")
        assert "-d" not in words or words[words.index("-d") + 1] == "megaraid,8"
        return known(Finished(0, json.dumps(ATA)))

    devices = [SmartDevice("/dev/sda"), SmartDevice("/dev/sdb"), SmartDevice("/dev/bus/0", "megaraid,8")]
    answers = read_smart(devices, run, deadline=0.05)
    assert [answers[device].reason for device in devices] == [Reason.OK, Reason.TIMEOUT, Reason.OK]
    assert read_smart([], run) == {}


@pytest.mark.process
def test_the_real_smartctl_answers_in_json() -> None:
    """Whatever disks this machine has: a report or a reason."""
    found = scan()
    assert found.ok or found.reason is Reason.ABSENT
    (answer,) = read_smart([SmartDevice("/dev/null")]).values()
    assert answer.reason in (Reason.UNSUPPORTED, Reason.ABSENT)
