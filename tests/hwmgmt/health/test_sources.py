from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hwmgmt.disks.raid import Raid
from hwmgmt.health import sources
from hwmgmt.ipmi.target import InBand
from hwmgmt.models.model import QuotaArea
from hwmgmt.reading import Reason, missing
from tests.hwmgmt.ipmi import sdr_bytes
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, FakeBmc
from tests.hwmgmt.ipmi.sdr.test_repository import fetch
from tests.hwmgmt.machine import Machine
from tests.hwmgmt.quota.fake import FakeQuotas

VOLTAGE = sdr_bytes.full(9, "P12V", sensor_type=2)
RECORDS = [sdr_bytes.full(1, "INLET_TEMP"), VOLTAGE, sdr_bytes.compact(2, "PSU1_STATUS")]


def test_temperatures_and_fans_of_the_kernel(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.put("sys/class/hwmon/hwmon0/name", "coretemp\n").put(
        "sys/class/hwmon/hwmon0/temp1_input", "45500\n"
    )
    machine.put("sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n")
    machine.put("sys/class/hwmon/hwmon0/temp1_crit", "100000\n").put(
        "sys/class/hwmon/hwmon1/fan2_input", "0\n"
    )
    machine.put("sys/class/hwmon/hwmon1/temp1_input", "garbage\n")
    found = sources.read_kernel(tmp_path)
    package, broken = found.temperatures
    assert (package.name, package.value.need(), package.critical.need()) == (
        "coretemp Package id 0",
        45.5,
        100,
    )
    assert package.limit.reason is Reason.ABSENT
    assert broken.value.reason is Reason.MALFORMED
    assert [(fan.name, fan.value.need()) for fan in found.fans] == [("hwmon1 fan2", 0)]


def test_no_hwmon_is_no_sensors(tmp_path: Path) -> None:
    assert sources.read_kernel(tmp_path) == sources.Kernel((), ())


def test_only_sensors_a_report_needs_are_read() -> None:
    bmc = FakeBmc({**fetch(RECORDS), (4, 0x2D): b"\x18\xc0\x01", (0x0A, 0x40): bytes(14)})
    found, log = sources.read_sensors(bmc, None).need()
    assert [sensor.name for sensor in found.need()] == ["INLET_TEMP", "PSU1_STATUS"]
    assert log.need().entries == 0
    assert bmc.sent(4, 0x2D) == [b"\x01", b"\x02"]


def test_a_bmc_that_falls_silent_gives_what_it_gave() -> None:
    bmc = FakeBmc(
        {**fetch(RECORDS), (4, 0x2D, b"\x01"): b"\x18\xc0\x01", (4, 0x2D): SILENCE, (0x0A, 0x40): SILENCE}
    )
    found, log = sources.read_sensors(bmc, None).need()
    assert [sensor.reading.reason for sensor in found.need()] == [Reason.OK, Reason.TIMEOUT]
    assert log.reason is Reason.TIMEOUT


def test_a_bmc_without_records_says_why() -> None:
    silent = FakeBmc({**fetch(RECORDS), (0x0A, 0x23): SILENCE})
    assert sources.read_sensors(silent, None).reason is Reason.TIMEOUT
    assert sources.read_sensors(FakeBmc({}), None).reason is Reason.UNSUPPORTED


def test_usage_is_this_machines() -> None:
    found = sources.read_usage()
    assert 0 < found.available <= found.total
    assert found.processors >= 1


def test_a_reader_that_hangs_costs_its_own_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hangs(root: Path, **words: object) -> Raid:
        release.wait(10)
        return Raid(missing(Reason.ABSENT), missing(Reason.ABSENT))

    monkeypatch.setattr(sources, "read_raid", hangs)
    monkeypatch.setattr(sources, "_read_smart", lambda: missing(Reason.ABSENT, "no smartctl"))
    found = sources.collect(InBand(tmp_path / "ipmi0"), root=tmp_path, deadline_s=0.3)
    release.set()
    assert found.raid.reason is Reason.TIMEOUT
    assert found.sensors.reason is Reason.ABSENT
    assert found.usage.ok
    assert found.took_s < 5


def test_areas_without_a_limit_are_left_out_and_no_quotas_say_why(tmp_path: Path) -> None:
    quotas = FakeQuotas()
    assert sources.read_areas(quotas, tmp_path).need() == ()
    quotas.use(QuotaArea.MAIL_QUEUE, 1 << 30, 5)
    assert [one.area for one in sources.read_areas(quotas, tmp_path).need()] == [QuotaArea.MAIL_QUEUE]
    assert sources.read_areas(FakeQuotas(broken=True), tmp_path).reason is Reason.UNSUPPORTED
