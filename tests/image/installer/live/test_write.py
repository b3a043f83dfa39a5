from __future__ import annotations

import io
from pathlib import Path

import pytest

from image.installer import gpt
from image.installer.live import write
from image.installer.live.errors import CannotWrite, MediumDamaged, ReadBack
from image.installer.manifest import Manifest
from tests.image.forms.gpt import disk_image
from tests.image.installer.sample import MemoryDisk, Plain, Zstd, areas, medium


def silent(what: str, done: int, total: int) -> None:
    pass


def _table(folder: Path) -> tuple[gpt.Partition, ...]:
    with (folder / "image.raw").open("rb") as disk:
        return gpt.read(disk, name="image.raw")


def _install(folder: Path, listed: Manifest, disk: MemoryDisk) -> None:
    for part, place in write.places(listed, _table(folder), "sdz"):
        write.copy(part, place, io.BytesIO((folder / "medium" / part.file).read_bytes()), disk, silent)
        disk.flush()
        write.verify(part, place, disk, "sdz", silent)


def test_the_disk_gets_the_partitions_of_the_image(tmp_path: Path) -> None:
    listed = medium(tmp_path, Plain())
    disk = MemoryDisk(28 << 20)
    _install(tmp_path, listed, disk)
    raw = (tmp_path / "image.raw").read_bytes()
    for part in _table(tmp_path):
        assert disk.content[part.start : part.start + part.size] == raw[part.start : part.start + part.size]
    assert disk.content[: 1 << 20] == b"\xa5" * (1 << 20), "only partitions are written to"


def test_the_efi_partition_is_written_last(tmp_path: Path) -> None:
    """Cut off before that, the disk does not start."""
    listed = medium(tmp_path, Plain())
    order = [part.bootable for part, _ in write.places(listed, _table(tmp_path), "sdz")]
    assert order == [False, False, True]


@pytest.mark.parametrize("place", [9 << 20, (9 << 20) + (5 << 20), (24 << 20) + 7])
def test_a_disk_that_lies_is_found(place: int, tmp_path: Path) -> None:
    """In what was written, and in what was zeroed."""
    listed = medium(tmp_path, Plain())
    with pytest.raises(ReadBack, match="root file system at"):
        _install(tmp_path, listed, MemoryDisk(28 << 20, lies=place))


def test_a_changed_medium_is_found_before_it_is_written(tmp_path: Path) -> None:
    listed = medium(tmp_path, Plain())
    file = tmp_path / "medium/root.zst"
    content = bytearray(file.read_bytes())
    content[70_000] ^= 1
    file.write_bytes(content)
    disk = MemoryDisk(28 << 20)
    with pytest.raises(MediumDamaged, match=r"root\.zst .* is damaged"):
        _install(tmp_path, listed, disk)
    assert disk.content[9 << 20 : 13 << 20] == b"\xa5" * (4 << 20)
    file.write_bytes(content[:-1])
    with pytest.raises(MediumDamaged):
        _install(tmp_path, listed, MemoryDisk(28 << 20))


def test_a_table_that_did_not_come_out_is_refused(tmp_path: Path) -> None:
    listed = medium(tmp_path, Plain())
    disk_image(tmp_path / "image.raw", areas()[:2], 28 * 2048)
    with pytest.raises(CannotWrite, match="verity data is not there"):
        write.places(listed, _table(tmp_path), "sdz")


def test_repart_is_told_what_the_image_has(tmp_path: Path) -> None:
    listed = medium(tmp_path, Plain())
    texts = write.definitions(listed)
    assert sorted(texts) == ["00.conf", "01.conf", "02.conf"]
    assert f"UUID={listed.parts[1].uuid}\n" in texts["01.conf"]
    assert f"SizeMinBytes={16 << 20}\nSizeMaxBytes={16 << 20}\n" in texts["01.conf"]


@pytest.mark.process
def test_with_the_real_zstd(tmp_path: Path) -> None:
    listed = medium(tmp_path, Zstd())
    disk = MemoryDisk(28 << 20)
    for part, place in write.places(listed, _table(tmp_path), "sdz"):
        with write.unpacked(tmp_path / "medium" / part.file) as source:
            write.copy(part, place, source, disk, silent)
        disk.flush()
        write.verify(part, place, disk, "sdz", silent)
    broken = tmp_path / "medium/root.zst"
    broken.write_bytes(broken.read_bytes()[:-20])
    part, place = write.places(listed, _table(tmp_path), "sdz")[0]
    with pytest.raises(MediumDamaged, match=r"premature|unexpected|[Ee]nd"), write.unpacked(broken) as source:
        write.copy(part, place, source, disk, silent)
