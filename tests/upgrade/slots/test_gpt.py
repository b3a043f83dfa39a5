from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upgrade.slots.model import OLD, SECTORS, Model
from upgrade.slots import gpt


def parse(disk: bytes) -> tuple[gpt.Partition, ...]:
    return gpt.parse(lambda at, size: disk[at : at + size] if at >= 0 else b"", len(disk) // gpt.SECTOR)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return bytes(Model(tmp_path_factory.mktemp("model")).disk)


def test_a_table_is_read(disk: bytes) -> None:
    parts = parse(disk)
    assert [part.number for part in parts] == [1, 2, 3, 4, 5]
    assert (parts[1].kind, parts[1].label) == (gpt.ROOT, f"mailward_{OLD}")


@pytest.mark.parametrize("sector", [1, 2, 9])
def test_when_the_first_copy_is_damaged_the_second_counts(disk: bytes, sector: int) -> None:
    broken = bytearray(disk)
    broken[sector * 512 + 20] ^= 1
    assert parse(bytes(broken)) == parse(disk)
    broken[(SECTORS - 1) * 512 + 20] ^= 1
    with pytest.raises(gpt.BadTable):
        parse(bytes(broken))


@settings(max_examples=60)
@given(st.data())
def test_any_damage_is_refused_or_changes_nothing(disk: bytes, data: st.DataObject) -> None:
    broken = bytearray(disk)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(disk) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(broken[: data.draw(st.integers(0, len(disk)))]) if data.draw(st.booleans()) else bytes(broken)
    with contextlib.suppress(gpt.BadTable):
        assert parse(cut) == parse(disk)


def test_no_disk_of_ours(tmp_path: Path) -> None:
    for content in (b"", bytes(512), bytes(1 << 16)):
        with pytest.raises(gpt.BadTable):
            parse(content)
