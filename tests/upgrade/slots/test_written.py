"""Reading back, with zstd as the appliance has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from upgrade.slots import written

pytestmark = pytest.mark.process

CONTENT = bytes(1024) + bytes(range(256)) * 40000


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    (tmp_path / "image").write_bytes(CONTENT)
    subprocess.run(["zstd", "-q", tmp_path / "image", "-o", tmp_path / "image.zst"], check=True)
    return tmp_path / "image.zst"


def told(what: str, done: int, total: int) -> None:
    assert 0 < done <= total


def test_the_beginning_of_the_device_counts(tmp_path: Path, packed: Path) -> None:
    device = tmp_path / "device"
    device.write_bytes(CONTENT + b"what the slot held before")
    written.compare(packed, device, device.stat().st_size, told)


@pytest.mark.parametrize("at", [0, 1, 1024, written.BLOCK - 1, written.BLOCK, len(CONTENT) - 1])
def test_any_byte_that_differs_is_found(tmp_path: Path, packed: Path, at: int) -> None:
    device = tmp_path / "device"
    device.write_bytes(CONTENT[:at] + bytes([CONTENT[at] ^ 1]) + CONTENT[at + 1 :])
    with pytest.raises(written.WrittenDiffers, match=f"differ after {at:,} bytes"):
        written.compare(packed, device, len(CONTENT), told)


def test_a_device_that_ends_early_differs(tmp_path: Path, packed: Path) -> None:
    device = tmp_path / "device"
    device.write_bytes(CONTENT[:5000])
    with pytest.raises(written.WrittenDiffers, match="differ after 5,000 bytes"):
        written.compare(packed, device, len(CONTENT), told)


def test_a_packed_file_that_is_cut_off_is_no_image(tmp_path: Path, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-9])
    device = tmp_path / "device"
    device.write_bytes(CONTENT)
    with pytest.raises(written.CannotUnpack):
        written.compare(packed, device, len(CONTENT), told)
