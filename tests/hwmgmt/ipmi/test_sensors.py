from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi import sensors
from hwmgmt.ipmi.sdr.records import SensorRecord, decode
from hwmgmt.ipmi.vocabulary import Severity
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi import sdr_bytes
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, FakeBmc


def record(raw: bytes) -> SensorRecord:
    (found,) = decode(raw)
    assert isinstance(found, SensorRecord)
    return found


TEMPERATURE = record(sdr_bytes.full(1, "INLET_TEMP"))
SUPPLY = record(sdr_bytes.compact(5, "PSU1_STATUS"))


def test_a_temperature_over_its_limit() -> None:
    state = sensors.decode(TEMPERATURE, b"\x5b\xc0\x18").need()
    assert (state.value, state.unit, state.severity) == (91, "°C", Severity.CRITICAL)
    assert [item.text for item in state.states] == [
        "upper non-critical threshold",
        "upper critical threshold",
    ]


def test_a_power_supply_without_ac() -> None:
    state = sensors.decode(SUPPLY, b"\x00\xc0\x09\x80").need()
    assert [item.offset for item in state.states] == [0, 3]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"\x00", Reason.MALFORMED),
        (b"\x00\xe0\x00", Reason.ABSENT),
        (b"\x00\x00\x00", Reason.ABSENT),
    ],
)
def test_no_reading_says_why(answer: bytes, reason: Reason) -> None:
    assert sensors.decode(TEMPERATURE, answer).reason is reason


def test_p5_stale_bytes_behind_an_answer_are_no_states() -> None:
    stale = b"\x00\xc0\x01" + b"\x7f" * 30
    assert [item.offset for item in sensors.decode(SUPPLY, stale).need().states] == [0]


def test_each_sensor_has_its_own_reason() -> None:
    bmc = FakeBmc(
        {(4, 0x2D, b"\x01"): b"\x18\xc0\x00", (4, 0x2D, b"\x05"): 0xCB, (4, 0x2D, b"\x06"): SILENCE}
    )
    records = [TEMPERATURE, SUPPLY, replace(SUPPLY, number=6), replace(SUPPLY, number=7)]
    records += [replace(SUPPLY, readable=False), replace(SUPPLY, owner=0x2C)]
    assert [found.reading.reason for found in sensors.read(bmc, records)] == [
        Reason.OK,
        Reason.ABSENT,
        Reason.TIMEOUT,
        Reason.UNSUPPORTED,
        Reason.UNSUPPORTED,
        Reason.UNSUPPORTED,
    ]


def test_non_linear_sensors_ask_for_their_factors() -> None:
    bmc = FakeBmc({(4, 0x2D): b"\x10\xc0\x00", (4, 0x23): bytes([0, 2, 0, 0, 0, 0, 0])})
    (found,) = sensors.read(bmc, [record(sdr_bytes.full(1, "VOLT", linearisation=0x70))])
    assert found.reading.need().value == 32


@given(st.binary(max_size=40), st.sampled_from([TEMPERATURE, SUPPLY]))
def test_any_answer_is_a_reading(answer: bytes, which: SensorRecord) -> None:
    sensors.decode(which, answer)
