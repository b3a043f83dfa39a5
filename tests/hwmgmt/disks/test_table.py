import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.disks.table import TableType, read_table, table_of
from hwmgmt.reading import Reason


def sector(types: tuple[int, ...] = (), *, signed: bool = True, status: int = 0, start: bytes = b"") -> bytes:
    """An MBR with entries of these types."""
    block = bytearray(512)
    block[: len(start)] = start
    for number, kind in enumerate(types):
        block[446 + 16 * number] = status
        block[446 + 16 * number + 4] = kind
    if signed:
        block[510:512] = b"\x55\xaa"
    return bytes(block)


GPT_HEADER = b"EFI PART" + bytes(504)


@pytest.mark.parametrize(
    ("start", "table"),
    [
        (sector((0xEE,)) + GPT_HEADER, TableType.GPT),
        (sector((0xEE,)) + bytes(512), TableType.GPT),
        (sector((0x83, 0x82)), TableType.DOS),
        (sector((0x83,), status=0x80), TableType.DOS),
        (sector((0x83,), status=0x55), TableType.NONE),
        (sector((0x83,), signed=False), TableType.NONE),
        (sector(), TableType.NONE),
        (sector((0x20,), start=b"\xeb\x3c\x90MSDOS5.0" + bytes(43) + b"FAT16"), TableType.NONE),
        (sector((0x20,), start=b"\xeb\x52\x90NTFS"), TableType.NONE),
        (b"", TableType.NONE),
        (bytes(1024), TableType.NONE),
    ],
)
def test_tables_by_their_signatures(start: bytes, table: TableType) -> None:
    assert table_of(start) is table


def test_gpt_on_4096_byte_blocks() -> None:
    assert table_of(sector((0x83,)) + bytes(3584) + GPT_HEADER, 4096) is TableType.GPT
    assert table_of(sector((0x83,)) + bytes(3584) + GPT_HEADER, 512) is TableType.DOS


@given(st.binary(max_size=1100), st.sampled_from([512, 4096]))
def test_any_bytes_are_some_table(start: bytes, logical: int) -> None:
    assert table_of(start, logical) in TableType


def test_a_disk_that_does_not_answer_costs_its_deadline(tmp_path: Path) -> None:
    """A pipe that nobody writes to blocks who opens it, as a dying disk does."""
    node = tmp_path / "sda"
    os.mkfifo(node)
    assert read_table(node, 512, deadline_s=0.05).reason is Reason.TIMEOUT


def test_a_disk_that_is_gone(tmp_path: Path) -> None:
    assert read_table(tmp_path / "sda", 512).reason is Reason.ABSENT
