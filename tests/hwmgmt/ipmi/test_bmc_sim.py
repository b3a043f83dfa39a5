"""The hardware the readers were written for, as OpenIPMI's simulator plays it, over LAN on loopback."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

from hwmgmt.ipmi import boot, chassis, device, fru, lan, sel, sensors, users, watchdog
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.sdr import repository
from hwmgmt.ipmi.session import Session
from hwmgmt.ipmi.vocabulary import Severity
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.bmc_sim import AC_LOST, CPU, FAN1, PRESENT, PSU2, BmcSim, free_port

pytestmark = pytest.mark.process


def by_name(session: Session) -> dict[str, sensors.Sensor]:
    records = repository.read(session)
    assert not records.bad
    return {sensor.name: sensor for sensor in sensors.read(session, records.sensors)}


def test_a_healthy_machine(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        assert device.read(session).manufacturer == 5771
        found = by_name(session)
        assert found["P1_TEMP_SENS"].reading.need().value == 41
        assert found["P1_TEMP_SENS"].reading.need().unit == "°C"
        assert found["FAN1_SPEED"].reading.need().value == 5400
        assert found["FAN1_SPEED"].reading.need().unit == "rpm"
        assert [state.text for state in found["PSU1_STATUS"].reading.need().states] == ["Present"]
        assert {sensor.severity for sensor in found.values()} == {Severity.OK}


def test_faults_injected_while_it_runs(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        assert by_name(session)["PSU2_STATUS"].severity is Severity.OK
        bmc.set_bit(PSU2, AC_LOST)
        bmc.set_value(FAN1, 0)
        bmc.set_value(CPU, 96)
        found = by_name(session)
    assert {state.offset for state in found["PSU2_STATUS"].reading.need().states} == {PRESENT, AC_LOST}
    assert found["PSU2_STATUS"].severity is not Severity.OK
    assert found["FAN1_SPEED"].reading.need().value == 0
    hot = found["P1_TEMP_SENS"].reading.need()
    assert (hot.value, hot.severity) == (96, Severity.FAILED)


def test_limits_are_those_in_force(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        records = {record.name: record for record in repository.read(session).sensors}
        limits = sensors.thresholds(session, records["P1_TEMP_SENS"]).need()
    assert limits == {"upper non-critical": 80, "upper critical": 90, "upper non-recoverable": 96}


def test_twelve_hundred_log_entries_arrive_one_by_one(bmc: BmcSim) -> None:
    bmc.fill_log(1200)
    # The deadline is one answer's: the log takes as long as it takes, and the first entry is there at once.
    with Session(bmc.target, answer_s=2.0, budget_s=60.0) as session:
        assert sel.info(session).entries == 1200
        names = sel.by_address(repository.read(session).sensors)
        log = sel.entries(session, names)
        first = next(log).need()
        rest = list(log)
    assert (first.sensor, first.text, first.value, first.limit) == ("P1_TEMP_SENS", "Upper critical", 95, 90)
    assert len(rest) == 1199
    assert all(entry.ok for entry in rest)


def test_a_log_cut_short_by_silence_keeps_what_was_read(bmc: BmcSim) -> None:
    bmc.fill_log(50)
    with Session(bmc.target, answer_s=1.0) as session:
        log = sel.entries(session)
        got = list(itertools.islice(log, 20))
        bmc.freeze()
        rest = list(log)
    assert all(entry.ok for entry in got)
    assert rest[-1].reason is Reason.TIMEOUT


def test_clearing_the_log(bmc: BmcSim) -> None:
    bmc.fill_log(3)
    with Session(bmc.target) as session:
        sel.clear(session)
        assert sel.info(session).entries == 0
        assert list(sel.entries(session)) == []


def test_parts_have_serial_numbers(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        parts = {part.name: part for part in fru.read_all(session, repository.read(session).frus)}
    assert parts["Builtin FRU"].contents.need().board.need()["serial number"] == "WZP00000000"
    assert parts["PSU2"].contents.need().product.need()["product name"] == "PSU 770 W"


def test_power_and_identify_reach_the_chassis(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        assert chassis.status(session).power_on
        chassis.power(session, chassis.PowerAction.OFF)
        assert not chassis.status(session).power_on
        chassis.power(session, chassis.PowerAction.ON)
        assert chassis.status(session).power_on
        chassis.identify(session, 15)
    assert bmc.chassis("identify").startswith("15")


def test_boot_device_for_one_boot(bmc: BmcSim) -> None:
    wanted = boot.BootOverride(boot.BootDevice.PXE)
    with Session(bmc.target) as session:
        assert boot.read(session) == boot.NO_OVERRIDE
        try:
            assert boot.write(session, wanted) == wanted
        except NoAnswer as error:
            # The simulator stores the device without the flags around it.
            assert error.reason in (Reason.UNSUPPORTED, Reason.MALFORMED)
    assert bmc.chassis("boot") == "pxe"


def test_watchdog_is_set_and_read_back(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        watchdog.write(session, watchdog.TimeoutAction.NONE, 300)
        watchdog.start(session)
        state = watchdog.read(session)
        assert (state.use, state.timeout_s) == (watchdog.TimerUse.OS, 300)
        # This simulator leaves the present count out of its answer.
        assert state.left_s.reason is Reason.MALFORMED
        watchdog.stop(session)
        assert watchdog.read(session).timeout_s == 0


def test_users_and_network_for_remote_power_cycling(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        channel = lan.first_channel(session)
        names = [user.need().name for user in users.users(session, channel)]
        assert names == ["admin", "power"]
        assert users.read(session, channel, 3).privilege is users.Privilege.OPERATOR
        assert lan.read(session, channel).access.need() is lan.AccessMode.ALWAYS
        users.set_name(session, 4, "siteops")
        users.set_password(session, 4, "secret")
        users.enable(session, 4, True)
        users.set_privilege(session, channel, 4, users.Privilege.OPERATOR)
        assert users.read(session, channel, 4).name == "siteops"
    with Session(replace(bmc.target, user="siteops", password="secret")) as session:
        assert chassis.status(session).power_on


def test_a_frozen_bmc_costs_one_deadline_however_much_is_asked(bmc: BmcSim) -> None:
    with Session(bmc.target, answer_s=1.0) as session:
        records = repository.read(session).sensors
        bmc.freeze()
        started = time.monotonic()
        found = list(sensors.read(session, records))
        took = time.monotonic() - started
    assert {sensor.reading.reason for sensor in found} == {Reason.TIMEOUT}
    assert took < 5.0


def test_a_wrong_password_is_denied_and_names_no_password(bmc: BmcSim) -> None:
    with (
        Session(replace(bmc.target, password="wrong-one")) as session,
        pytest.raises(NoAnswer) as caught,
    ):
        device.read(session)
    assert caught.value.reason is Reason.DENIED
    assert "wrong-one" not in caught.value.explain()


def test_nobody_there_is_a_timeout_with_words() -> None:
    from hwmgmt.ipmi.target import Lan

    with (
        Session(Lan("127.0.0.1", "admin", "test", free_port()), answer_s=8.0) as session,
        pytest.raises(NoAnswer) as caught,
    ):
        device.read(session)
    assert caught.value.reason is Reason.TIMEOUT
    assert "None" not in caught.value.detail
