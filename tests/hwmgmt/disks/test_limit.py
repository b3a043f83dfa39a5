from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.disks.block import Disk
from hwmgmt.disks.limit import (
    LIMIT_BYTES,
    SENTENCE,
    Firmware,
    Host,
    LimitState,
    judge,
    judge_all,
    read_firmware,
)
from hwmgmt.disks.table import TableType
from hwmgmt.models.hypervisor import Hypervisor
from hwmgmt.reading import Reading, Reason, known, missing
from hwmgmt.size import GIB, TIB

NOTHING: Reading[str] = missing(Reason.ABSENT)
EFI = Host(Firmware.EFI, known(Hypervisor.VMWARE))
BIOS = Host(Firmware.BIOS, known(Hypervisor.NONE))


def disk(size: int, table: TableType = TableType.GPT, *, system: bool = True, block: int = 512) -> Disk:
    return Disk(
        name="sda",
        size=known(size, "bytes"),
        logical_block=known(block, "bytes"),
        table=known(table),
        model=NOTHING,
        serial=NOTHING,
        bus=NOTHING,
        rotational=known(value=True),
        removable=known(value=False),
        system=system,
    )


def test_the_limit_to_the_byte() -> None:
    assert LIMIT_BYTES == 2_199_023_255_552
    at, over = (judge(disk(size, TableType.DOS), EFI) for size in (LIMIT_BYTES, LIMIT_BYTES + 512))
    assert (at.state, at.over_limit, at.blocks) == (LimitState.WITHIN, False, False)
    assert (over.state, over.over_limit, over.blocks) == (LimitState.OVER, True, True)
    assert over.advice == SENTENCE
    assert "512 over the limit" in over.because


@pytest.mark.parametrize(
    ("table", "system", "block", "host", "state"),
    [
        (TableType.GPT, True, 512, EFI, LimitState.ADDRESSABLE),
        (TableType.GPT, True, 512, BIOS, LimitState.OVER),
        (TableType.GPT, False, 512, BIOS, LimitState.ADDRESSABLE),
        (TableType.DOS, True, 512, EFI, LimitState.OVER),
        (TableType.DOS, False, 4096, EFI, LimitState.ADDRESSABLE),
        (TableType.DOS, True, 4096, EFI, LimitState.OVER),
        (TableType.NONE, False, 512, EFI, LimitState.OVER),
        (TableType.OTHER, False, 512, EFI, LimitState.OVER),
        (TableType.GPT, True, 512, replace(EFI, release_limited=True), LimitState.OVER),
    ],
)
def test_who_can_use_three_terabytes(
    table: TableType, system: bool, block: int, host: Host, state: LimitState
) -> None:
    verdict = judge(disk(3 * 2**40, table, system=system, block=block), host)
    assert verdict.over_limit
    assert verdict.state is state
    assert verdict.blocks is (state is LimitState.OVER)


def test_an_mbr_on_4096_byte_blocks_ends_at_16_tib() -> None:
    assert judge(disk(16 * TIB, TableType.DOS, system=False, block=4096), EFI).state is LimitState.ADDRESSABLE
    verdict = judge(disk(16 * TIB + 4096, TableType.DOS, system=False, block=4096), EFI)
    assert "its DOS partition table ends at 16 TiB (4096-byte blocks)" in verdict.because


def test_what_cannot_be_read_blocks() -> None:
    unknown = replace(disk(0), size=missing(Reason.TIMEOUT, "sda"))
    assert judge(unknown, EFI).blocks
    denied = replace(disk(3 * TIB), table=missing(Reason.DENIED, "/dev/sda"))
    assert "could not be read (denied)" in judge(denied, EFI).because


@pytest.mark.parametrize(
    ("hypervisor", "words"),
    [
        (Hypervisor.VMWARE, "62 TiB"),
        (Hypervisor.HYPERV, "2040 GiB as VHD"),
        (Hypervisor.KVM, "no limit"),
        (Hypervisor.OTHER, "not known"),
        (Hypervisor.NONE, ""),
    ],
)
def test_what_the_hypervisor_could_allow(hypervisor: Hypervisor, words: str) -> None:
    assert words in judge(disk(200 * 10**9), Host(Firmware.EFI, known(hypervisor))).ceiling


def test_a_disk_at_the_older_limit_of_its_hypervisor() -> None:
    verdict = judge(disk(2040 * GIB), Host(Firmware.EFI, known(Hypervisor.HYPERV)))
    assert verdict.ceiling.endswith("this disk is as large as the older limit")


def test_a_stick_does_not_stop_an_upgrade() -> None:
    stick = replace(disk(4 * TIB, TableType.NONE, system=False), removable=known(value=True))
    assert judge_all([stick, disk(LIMIT_BYTES)], EFI) == (judge(disk(LIMIT_BYTES), EFI),)
    assert judge_all([replace(stick, system=True)], EFI)[0].blocks


def test_firmware(tmp_path: Path) -> None:
    assert read_firmware(tmp_path) is Firmware.BIOS
    (tmp_path / "sys/firmware/efi").mkdir(parents=True)
    assert read_firmware(tmp_path) is Firmware.EFI


@given(st.integers(0, 2**64), st.sampled_from(TableType), st.booleans(), st.sampled_from([512, 4096]))
def test_over_the_limit_is_a_matter_of_bytes(size: int, table: TableType, system: bool, block: int) -> None:
    verdict = judge(disk(size, table, system=system, block=block), EFI)
    assert verdict.over_limit is (size > 2**32 * 512)
    assert verdict.blocks is (verdict.state is LimitState.OVER)
    assert bool(verdict.advice) is verdict.blocks
