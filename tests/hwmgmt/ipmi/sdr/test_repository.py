from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.sdr import repository
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi import sdr_bytes
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, Answer, FakeBmc

DEVICE_ID = bytes.fromhex("2023040102 9f8b1600 0100 00000000")
INFO = bytes.fromhex("51 0200 0010 01020304 05060708 02")
RECORDS = [
    sdr_bytes.full(1, "INLET_TEMP"),
    sdr_bytes.compact(2, "PSU1_STATUS"),
    sdr_bytes.fru_locator(3, 1, "PSU1"),
]


def fetch(
    records: list[bytes], *, limit: int = 0xFF
) -> dict[tuple[int, int] | tuple[int, int, bytes], Answer]:
    """A repository of a BMC that returns at most `limit` bytes at a time; whole records if that is FFh."""

    def get(data: bytes) -> bytes | int:
        reservation, record_id = (int.from_bytes(data[at : at + 2], "little") for at in (0, 2))
        offset, length = data[4], data[5]
        if length > limit:
            return 0xCA
        if length != 0xFF and reservation != 0x1234:
            return 0xC5
        index = max(record_id - 1, 0)
        following = index + 2 if index + 1 < len(records) else 0xFFFF
        raw = records[index]
        return following.to_bytes(2, "little") + (raw if length == 0xFF else raw[offset : offset + length])

    return {(0x06, 0x01): DEVICE_ID, (0x0A, 0x20): INFO, (0x0A, 0x22): b"\x34\x12", (0x0A, 0x23): get}


@pytest.mark.parametrize("limit", [0xFF, 24, 16, 8])
def test_all_records_in_the_pieces_the_bmc_stands(limit: int) -> None:
    found = repository.read(FakeBmc(fetch(RECORDS, limit=limit)))
    assert [sensor.name for sensor in found.sensors] == ["INLET_TEMP", "PSU1_STATUS"]
    assert [part.name for part in found.frus] == ["PSU1"]
    assert found.bad == ()


def test_one_bad_record_costs_one_record() -> None:
    found = repository.read(FakeBmc(fetch([RECORDS[0], b"\x02\x00\x99\x01\x00", RECORDS[2]])))
    assert [sensor.name for sensor in found.sensors] == ["INLET_TEMP"]
    assert [part.name for part in found.frus] == ["PSU1"]
    assert [entry.reason for entry in found.bad] == [Reason.MALFORMED]


def test_silence_in_the_middle_keeps_what_was_read() -> None:
    answers = fetch(RECORDS)
    whole = answers[0x0A, 0x23]
    assert callable(whole)
    answers[0x0A, 0x23] = lambda data: SILENCE if data[2:4] == b"\x03\x00" else whole(data)
    found = repository.read(FakeBmc(answers))
    assert len(found.sensors) == 2
    assert [entry.reason for entry in found.bad] == [Reason.TIMEOUT]


def test_records_that_link_in_a_circle_end() -> None:
    answers = fetch(RECORDS)
    answers[0x0A, 0x23] = b"\x01\x00" + RECORDS[0]
    found = repository.read(FakeBmc(answers))
    assert found.bad[-1].detail == "the records link in a circle"


def test_reservations_that_never_hold_end() -> None:
    answers = fetch(RECORDS, limit=16)
    answers[0x0A, 0x23] = lambda data: 0xCA if data[5] == 0xFF else 0xC5
    assert repository.read(FakeBmc(answers)).bad[0].reason is Reason.TIMEOUT


def test_no_repository_at_all_raises() -> None:
    with pytest.raises(NoAnswer) as caught:
        repository.read(FakeBmc({(0x06, 0x01): DEVICE_ID}))
    assert caught.value.reason is Reason.UNSUPPORTED


def test_a_second_reading_comes_from_the_cache(tmp_path: Path) -> None:
    first = FakeBmc(fetch(RECORDS))
    kept = repository.read(first, cache=tmp_path / "sdr")
    again = FakeBmc(fetch(RECORDS))
    assert repository.read(again, cache=tmp_path / "sdr") == kept
    assert again.sent(0x0A, 0x23) == []


def test_a_change_in_the_repository_outdates_the_cache(tmp_path: Path) -> None:
    repository.read(FakeBmc(fetch(RECORDS)), cache=tmp_path)
    changed = fetch(RECORDS[:1])
    changed[0x0A, 0x20] = bytes.fromhex("51 0100 0010 01020305 05060708 02")
    assert len(repository.read(FakeBmc(changed), cache=tmp_path).records) == 1


def test_two_machines_of_one_make_do_not_share_a_cache(tmp_path: Path) -> None:
    repository.read(FakeBmc(fetch(RECORDS)), cache=tmp_path, owner="one")
    other = FakeBmc(fetch(RECORDS[:1]))
    assert len(repository.read(other, cache=tmp_path, owner="another").records) == 1


@pytest.mark.parametrize("damage", ["", "[]", '{"1": 3}', '{"x": "00"}', "\x00"])
def test_a_damaged_cache_is_ignored(tmp_path: Path, damage: str) -> None:
    repository.read(FakeBmc(fetch(RECORDS)), cache=tmp_path)
    (kept,) = tmp_path.glob("sdr-*.json")
    kept.write_text(damage)
    assert len(repository.read(FakeBmc(fetch(RECORDS)), cache=tmp_path).sensors) == 2


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert len(repository.read(FakeBmc(fetch(RECORDS)), cache=tmp_path / "file" / "sdr").sensors) == 2


@given(st.lists(st.binary(max_size=64), max_size=12))
def test_any_answers_end_in_a_repository(answers: list[bytes]) -> None:
    pieces = iter(answers)
    bmc = FakeBmc({**fetch(RECORDS), (0x0A, 0x23): lambda data: next(pieces, SILENCE)})
    repository.read(bmc)
