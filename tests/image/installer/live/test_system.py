"""The part that touches a disk, on a real block device: a file behind /dev/loopN."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from image.installer import chunks, gpt
from image.installer.gpt import BadTable
from image.installer.live import disks, programs, write
from image.installer.live.errors import CannotWrite, ProgramFailed, ReadBack
from image.installer.live.medium import Medium
from image.installer.live.system import ThisMachine
from image.installer.live.target import BlockDevice
from tests.image.installer.live.test_disks import DISK
from tests.image.installer.live.test_write import silent
from tests.image.installer.sample import Zstd, medium

pytestmark = [
    pytest.mark.process,
    # Debian 13 has it in a package of its own, which Debian 12 does not know.
    pytest.mark.skipif(not shutil.which("systemd-repart"), reason="needs systemd-repart"),
]


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    """64 MiB with old data all over, a partition table included."""
    file = tmp_path / "disk"
    file.write_bytes(b"\xa5" * (64 << 20))
    subprocess.run(["sfdisk", "-q", file], input="label: gpt\nsize=10MiB, name=old\n", text=True, check=True)
    done = subprocess.run(["losetup", "-f", "--show", file], check=True, capture_output=True, text=True)
    name = done.stdout.strip()
    yield name
    subprocess.run(["losetup", "-d", name], check=True)


def test_it_installs_on_a_disk_with_something_else_on_it(device: str, tmp_path: Path) -> None:
    listed = medium(tmp_path, Zstd())
    disk, found = replace(DISK, path=device), Medium("/dev/sr0", tmp_path / "medium", listed)
    machine = ThisMachine()
    assert not machine.holds(disk, found)
    machine.write(disk, found, silent)
    table = write.read_table(device)
    assert [(part.uuid, part.label, part.size) for part in table] == [
        (part.uuid, part.label, part.size) for part in listed.parts
    ]
    raw = (tmp_path / "image.raw").read_bytes()
    content = Path(device).read_bytes()
    with (tmp_path / "image.raw").open("rb") as image:
        wanted = gpt.read(image, name="image")
    for here, there in zip(table, wanted, strict=True):
        assert content[here.start : here.start + here.size] == raw[there.start : there.start + there.size]
    assert machine.holds(replace(disk, areas=(DISK_AREA,) * 3), found)
    with open(device, "r+b") as other:  # noqa: PTH123  (a device is no file to replace)
        other.seek(table[1].start + 5)
        other.write(b"\xff")
    assert not machine.holds(replace(disk, areas=(DISK_AREA,) * 3), found)


DISK_AREA = disks.Area("sda1", 1, "", "")


def test_zeros_are_zeros_whatever_was_there(device: str) -> None:
    with BlockDevice(device) as target:
        target.zero(1 << 20, 2 * chunks.CHUNK)
        target.write(1 << 20, b"x" * 512)
        target.flush()
        assert target.read(1 << 20, 1024) == b"x" * 512 + bytes(512)
        assert chunks.is_zero(target.read((1 << 20) + chunks.CHUNK, chunks.CHUNK))
        assert target.read((1 << 20) + 2 * chunks.CHUNK, 512) == b"\xa5" * 512


def test_a_disk_in_use_is_not_opened(device: str) -> None:
    held = os.open(device, os.O_RDONLY | os.O_EXCL)
    try:
        with pytest.raises(OSError, match="busy"), BlockDevice(device):
            pass
    finally:
        os.close(held)


def test_udev_is_kept_out_while_it_is_written(device: str) -> None:
    with BlockDevice(device):
        other = os.open(device, os.O_RDONLY)
        try:
            with pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        finally:
            os.close(other)


def test_a_disk_that_is_too_small_for_its_partitions_is_said(tmp_path: Path) -> None:
    listed = medium(tmp_path, Zstd())
    small = tmp_path / "small"
    with small.open("wb") as file:
        file.truncate(20 << 20)
    found = Medium("/dev/sr0", tmp_path / "medium", listed)
    with pytest.raises(ProgramFailed, match="systemd-repart ended with status"):
        ThisMachine().write(replace(DISK, path=str(small)), found, silent)


def test_a_disk_that_is_gone_is_said_in_words(tmp_path: Path) -> None:
    found = Medium("/dev/sr0", tmp_path / "medium", medium(tmp_path, Zstd()))
    with pytest.raises((CannotWrite, ProgramFailed, BadTable, ReadBack)) as failed:
        ThisMachine().write(replace(DISK, path=str(tmp_path / "gone")), found, silent)
    assert "Traceback" not in str(failed.value)


def test_a_program_that_hangs_has_a_deadline() -> None:
    with pytest.raises(ProgramFailed, match="no end within 0 s"):
        programs.output(["sleep", "20"], deadline=0.2)
    with pytest.raises(ProgramFailed, match=r"ended with status 1: .*cannot access"):
        programs.output(["sh", "-c", "echo ls: cannot access x >&2; exit 1"], deadline=10)


def test_lsblk_answers_in_the_form_that_is_read(device: str) -> None:
    words = ["lsblk", "--json", "--bytes", "--output", disks.COLUMNS, device]
    printed = programs.output(words, deadline=30)
    assert disks.parse(printed.replace('"loop"', '"disk"'))[0].size == 64 << 20
