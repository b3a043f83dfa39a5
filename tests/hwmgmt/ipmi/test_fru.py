from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi import fru
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi import sdr_bytes
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, Answer, FakeBmc

BOARD = ("Cisco Systems Inc", "UCSC-C220-M5SX", "WZP00000000", "74-105723-02", "", "extra words")
MEMORY = sdr_bytes.fru(("68-1", "WZP0"), BOARD, ("Cisco", "C220", "part", "A0", "SN1", "tag"))


def serving(memory: bytes, *, size: int | None = None, limit: int = 255) -> FakeBmc:
    def get(data: bytes) -> bytes | int:
        _, offset, count = struct.unpack("<BHB", data)
        piece = memory[offset : offset + count]
        if count > limit:
            return 0xC8
        return bytes([len(piece)]) + piece if piece else 0xC9

    info: Answer = struct.pack("<HB", len(memory) if size is None else size, 0)
    return FakeBmc({(0x0A, 0x10): info, (0x0A, 0x11): get})


def test_areas_and_their_fields() -> None:
    areas = fru.read(serving(MEMORY), 0).contents.need()
    assert areas.chassis.need() == {
        "type": "Rack Mount Chassis",
        "part number": "68-1",
        "serial number": "WZP0",
    }
    assert areas.board.need()["serial number"] == "WZP00000000"
    assert areas.board.need()["manufactured"] == "2018-10-25 08:00 UTC"
    assert areas.board.need()["board extra 5"] == "extra words"
    assert areas.product.need()["asset tag"] == "tag"


@pytest.mark.parametrize("limit", [255, 64, 16])
def test_in_the_pieces_the_bmc_stands(limit: int) -> None:
    assert fru.read(serving(MEMORY, limit=limit), 0).raw == MEMORY


def test_a_bmc_that_announces_more_than_it_has() -> None:
    assert fru.read(serving(MEMORY, size=4096), 0).contents.need().product.ok


def test_a_wrong_checksum_costs_one_area() -> None:
    memory = bytearray(MEMORY)
    memory[memory[3] * 8 + 10] ^= 0xFF
    areas = fru.read(serving(bytes(memory)), 0).contents.need()
    assert (areas.board.reason, areas.product.reason) == (Reason.MALFORMED, Reason.OK)


def test_a_part_that_is_not_plugged_in_is_absent() -> None:
    assert fru.read(FakeBmc({(0x0A, 0x10): 0xCB}), 2).contents.reason is Reason.ABSENT
    assert fru.read(FakeBmc({(0x0A, 0x10): SILENCE}), 2).contents.reason is Reason.TIMEOUT


@pytest.mark.parametrize("memory", [b"\x01", b"\xff" * 64, bytes(64), b"\x01\0\0\0\0\0\0\0"])
def test_memory_without_a_good_header_is_malformed(memory: bytes) -> None:
    assert fru.read(serving(memory), 0).contents.reason is Reason.MALFORMED


def test_a_bmc_that_gives_nothing_ends() -> None:
    bmc = FakeBmc({(0x0A, 0x10): b"\x00\x10\x00", (0x0A, 0x11): b"\x00"})
    assert fru.read(bmc, 0).contents.reason is Reason.MALFORMED


def header(areas: bytes) -> bytes:
    head = bytes([1, 0, *areas[:3].ljust(3, b"\0"), 0, 0])
    return head + bytes([-sum(head) & 0xFF])


@given(st.binary(max_size=3), st.binary(max_size=200))
def test_any_memory_behind_a_good_header_is_areas(offsets: bytes, rest: bytes) -> None:
    fru.decode(header(offsets) + rest)


@given(st.binary(max_size=200), st.integers(0, 0xFFFF), st.integers(0, 255))
def test_any_memory_is_a_reading(memory: bytes, size: int, limit: int) -> None:
    fru.read(serving(memory, size=size, limit=limit), 0)
