from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi import sel
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.sdr.records import SensorRecord, decode
from hwmgmt.ipmi.vocabulary import Severity
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi import sdr_bytes
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, FakeBmc

RECORDS = [one for one in decode(sdr_bytes.full(2, "P1_TEMP_SENS")) if isinstance(one, SensorRecord)]
SENSORS = sel.by_address(RECORDS)


def test_a_threshold_event_in_the_sensors_unit() -> None:
    event = sel.decode(sdr_bytes.event(2), SENSORS).need()
    assert (event.sensor, event.text, event.severity) == ("P1_TEMP_SENS", "Upper critical", Severity.CRITICAL)
    assert (event.value, event.limit, event.unit) == (95, 90, "°C")
    assert event.time == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)


def test_an_unknown_sensor_shows_raw_numbers() -> None:
    event = sel.decode(sdr_bytes.event(9), SENSORS).need()
    assert (event.sensor, event.value, event.unit) == ("sensor 9", 0x5F, "(raw)")


def test_a_power_supply_that_lost_ac_and_got_it_back() -> None:
    lost = sel.decode(sdr_bytes.event(5, sensor_type=8, event_type=0x6F, data=b"\xa3\xff\xff"), {}).need()
    back = sel.decode(sdr_bytes.event(5, sensor_type=8, event_type=0xEF, data=b"\xa3\xff\xff"), {}).need()
    assert lost.asserted and not back.asserted
    assert (back.severity, lost.severity == Severity.OK) == (Severity.OK, False)
    assert lost.value is None


def test_times_before_the_clock_was_set_count_from_the_start() -> None:
    raw = bytearray(sdr_bytes.event(2))
    raw[3:7] = (77).to_bytes(4, "little")
    event = sel.decode(bytes(raw), SENSORS).need()
    assert (event.time, event.uptime_s) == (None, 77)


def test_a_kernel_panic_is_words() -> None:
    raw = b"\x01\x00\xf0\x20\x00Fatal excep"
    assert sel.decode(raw, {}).need().text == "Linux kernel panic: Fatal excep"


def test_vendor_entries_keep_their_bytes() -> None:
    timed = sel.decode(b"\x01\x00\xc0" + b"\x00\xf1\x53\x65" + b"\x8b\x16\x00" + b"abcdef", {}).need()
    assert timed.text == "vendor 5771: 61 62 63 64 65 66"
    assert timed.time is not None
    assert sel.decode(b"\x01\x00\xe1" + bytes(13), {}).need().time is None


def test_p5_bytes_behind_an_entry_are_ignored() -> None:
    assert sel.decode(sdr_bytes.event(2) + b"\xff" * 36, SENSORS) == sel.decode(sdr_bytes.event(2), SENSORS)


@pytest.mark.parametrize("code", [0xCB])
def test_an_empty_log_has_no_entries(code: int) -> None:
    assert list(sel.entries(FakeBmc({(0x0A, 0x43): code}))) == []


def test_silence_ends_the_log_with_its_reason() -> None:
    bmc = FakeBmc({(0x0A, 0x43): lambda data: SILENCE if data[2] else b"\x02\x00" + sdr_bytes.event(2)})
    assert [entry.reason for entry in sel.entries(bmc)] == [Reason.OK, Reason.TIMEOUT]


def test_a_short_entry_costs_one_entry() -> None:
    def get(data: bytes) -> bytes:
        return b"\x02\x00\x01" if data[2] == 0 else b"\xff\xff" + sdr_bytes.event(2)

    assert [entry.reason for entry in sel.entries(FakeBmc({(0x0A, 0x43): get}))] == [
        Reason.MALFORMED,
        Reason.OK,
    ]


def test_a_log_that_links_in_a_circle_ends() -> None:
    found = list(sel.entries(FakeBmc({(0x0A, 0x43): b"\x00\x00" + sdr_bytes.event(2)})))
    assert [entry.reason for entry in found] == [Reason.OK, Reason.MALFORMED]


def test_reading_on_from_an_entry() -> None:
    bmc = FakeBmc({(0x0A, 0x43): b"\xff\xff" + sdr_bytes.event(2)})
    assert len(list(sel.entries(bmc, start=0x0102))) == 1
    assert bmc.sent(0x0A, 0x43) == [b"\x00\x00\x02\x01\x00\xff"]


def test_clearing_waits_until_it_is_done() -> None:
    progress = iter([b"\x00", b"\x00", b"\x01"])
    bmc = FakeBmc({(0x0A, 0x42): b"\x05\x00", (0x0A, 0x47): lambda data: next(progress)})
    sel.clear(bmc)
    assert bmc.sent(0x0A, 0x47) == [b"\x05\x00CLR\xaa", b"\x05\x00CLR\x00", b"\x05\x00CLR\x00"]


def test_clearing_that_never_ends_is_a_timeout() -> None:
    with pytest.raises(NoAnswer) as caught:
        sel.clear(FakeBmc({(0x0A, 0x42): b"\x05\x00", (0x0A, 0x47): b"\x00"}))
    assert caught.value.reason is Reason.TIMEOUT


@given(st.binary(max_size=40))
def test_any_entry_is_a_reading(raw: bytes) -> None:
    sel.decode(raw, SENSORS)


@given(st.lists(st.binary(max_size=24), max_size=20))
def test_any_answers_end(answers: list[bytes]) -> None:
    pieces = iter(answers)
    list(sel.entries(FakeBmc({(0x0A, 0x43): lambda data: next(pieces, SILENCE)})))
