import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi.sdr.records import BadRecord, FruLocator, OtherRecord, SensorRecord, decode
from tests.hwmgmt.ipmi import sdr_bytes


def one(raw: bytes) -> SensorRecord:
    (record,) = decode(raw)
    assert isinstance(record, SensorRecord)
    return record


def test_a_full_record() -> None:
    record = one(sdr_bytes.full(2, "P1_TEMP_SENS"))
    assert (record.name, record.number, record.unit, record.sensor_type) == ("P1_TEMP_SENS", 2, "°C", 1)
    assert dict(record.thresholds) == {
        "upper non-critical": 0x50,
        "upper critical": 0x5A,
        "upper non-recoverable": 0x60,
    }


def test_a_compact_record_shared_by_three_sensors() -> None:
    sensors = decode(sdr_bytes.compact(0x10, "DIMM", share=3))
    assert [(sensor.number, sensor.name) for sensor in sensors if isinstance(sensor, SensorRecord)] == [
        (0x10, "DIMM1"),
        (0x11, "DIMM2"),
        (0x12, "DIMM3"),
    ]


def test_a_fru_locator() -> None:
    assert decode(sdr_bytes.fru_locator(9, 2, "PSU2")) == (FruLocator(2, True, 0, 0x20, "PSU2"),)


def test_a_vendor_record_is_no_error() -> None:
    assert decode(b"\x01\x00\x51\xc0\x03abc") == (OtherRecord(0xC0),)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "0 bytes"),
        (sdr_bytes.full(1, "X")[:20], "cut off"),
        (b"\x01\x00\x99\x01\x00", "version"),
        (b"\x01\x00\x51\x01\x05abcde", "instead of 48"),
    ],
)
def test_bad_records_say_why(raw: bytes, words: str) -> None:
    with pytest.raises(BadRecord, match=words):
        decode(raw)


def test_a_name_longer_than_the_record_is_cut() -> None:
    raw = bytearray(sdr_bytes.full(1, "ABCDE"))
    raw[47] = 0xC0 | 31
    assert one(bytes(raw)).name == "ABCDE"


def test_six_bit_names_end() -> None:
    # pyghmi's decoder never advances in such a string and eats memory until it is killed.
    raw = bytearray(sdr_bytes.full(1, "ABC"))
    raw[47] = 0x80 | 3
    raw[48:51] = bytes([0x29, 0xDC, 0xA6])
    assert one(bytes(raw)).name == "IPMI"


@given(st.binary(max_size=80))
def test_any_bytes_decode_or_are_bad(raw: bytes) -> None:
    try:
        decode(raw)
    except BadRecord:
        return


@given(st.integers(0, 0x12), st.binary(min_size=0, max_size=60))
def test_any_body_behind_a_good_header_decodes_or_is_bad(kind: int, body: bytes) -> None:
    try:
        decode(bytes([1, 0, 0x51, kind, len(body)]) + body)
    except BadRecord:
        return
