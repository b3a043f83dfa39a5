"""Readings of a healthy machine, to change one thing in."""

from __future__ import annotations

from hwmgmt.disks.raid import Raid
from hwmgmt.disks.smart import Smart, SmartDevice
from hwmgmt.disks.states import Array, ArrayState, Drive, DriveState
from hwmgmt.health.sources import Kernel, KernelSensor, Sources, Usage
from hwmgmt.ipmi import sensors
from hwmgmt.ipmi.sdr.records import SensorRecord, decode
from hwmgmt.ipmi.sel import SelInfo
from hwmgmt.models.model import QuotaArea
from hwmgmt.quota import project as quota
from hwmgmt.quota.status import AreaStatus
from hwmgmt.reading import Reading, Reason, known, missing
from tests.hwmgmt.ipmi import sdr_bytes
from tests.hwmgmt.ipmi.fake_bmc import FakeBmc

GIB = 1 << 30
INLET = sdr_bytes.full(1, "INLET_TEMP")
FAN = sdr_bytes.full(2, "FAN1_SPEED", sensor_type=4, unit=18, m=60)
PSU1 = sdr_bytes.compact(3, "PSU1_STATUS")
PSU2 = sdr_bytes.compact(4, "PSU2_STATUS")


def found(raw: bytes, answer: bytes | int) -> sensors.Sensor:
    """The sensor of a record, as a BMC answers for it."""
    records = [record for record in decode(raw) if isinstance(record, SensorRecord)]
    (sensor,) = sensors.read(FakeBmc({(4, 0x2D): answer}), records)
    return sensor


def healthy_sensors() -> list[sensors.Sensor]:
    return [
        found(INLET, b"\x18\xc0\x00"),
        found(FAN, b"\x5a\xc0\x00"),
        found(PSU1, b"\x00\xc0\x01\x80"),
        found(PSU2, b"\x00\xc0\x01\x80"),
    ]


def smart(**changes: object) -> Smart:
    fields: dict[str, object] = {
        "device": "/dev/sda",
        "model": known("ST600"),
        "serial": known("X1"),
        "passed": known(True),
        "temperature": known(30, "°C"),
        "hours": known(5),
        "wear": missing(Reason.UNSUPPORTED),
        "bad_sectors": known(0),
        "problems": (),
        **changes,
    }
    return Smart(**fields)  # type: ignore[arg-type]


def raid(*states: DriveState) -> Raid:
    drives = tuple(Drive(f"sd{letter}3", state) for letter, state in zip("abcdef", states, strict=False))
    array = Array("md0", "raid1", ArrayState.OPTIMAL, drives, missing(Reason.ABSENT), "md")
    return Raid(known((array,)), missing(Reason.ABSENT, "no controller"))


def area(name: QuotaArea, percent: int) -> AreaStatus:
    reached = next((level for level in (95, 85, 75) if percent >= level), 0)
    return AreaStatus(name, 1, known(quota.Usage(100 * GIB, percent * GIB, 5)), reached, (), ())


def sources(**changes: Reading[object]) -> Sources:
    temperature = KernelSensor(
        "coretemp", "coretemp Package id 0", known(40.0, "°C"), known(80.0), known(100.0)
    )
    fields: dict[str, object] = {
        "sensors": known(tuple(healthy_sensors())),
        "event_log": known(SelInfo(4, 8000, None, None, False)),
        "kernel": known(Kernel((temperature,), ())),
        "raid": known(raid(DriveState.HEALTHY, DriveState.HEALTHY)),
        "smart": known({SmartDevice("/dev/sda"): known(smart())}),
        "usage": known(Usage(32 * GIB, 24 * GIB, (0.5, 0.4, 0.3), 24)),
        "areas": known((area(QuotaArea.MAIL_QUEUE, 10), area(QuotaArea.TRACKING, 20))),
        "took_s": 0.5,
        **changes,
    }
    return Sources(**fields)  # type: ignore[arg-type]
