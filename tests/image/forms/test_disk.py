from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from hwmgmt.disks import limit
from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.model import UnsupportedModel
from image.command import CommandFailed, Runner
from image.forms import disk, vmdk
from image.forms.disk import DiskFormat, Plan
from image.limit import LIMIT_BYTES
from tests.image.forms.gpt import raw_image

SIZE = 64 << 20


def test_the_size_is_the_models() -> None:
    assert disk.size_for(catalogue().get("C600V"), "ova") == 500 * 10**9


def test_a_machine_takes_no_virtual_disk() -> None:
    with pytest.raises(disk.NotVirtual, match="C695F is a machine"):
        disk.size_for(catalogue().get("C695F"), "ova")


def test_an_unsupported_model_is_refused() -> None:
    unsupported = next(model for model in catalogue() if not model.supported)
    with pytest.raises(UnsupportedModel):
        disk.size_for(unsupported, "ova")


def test_the_limit_is_that_of_the_machines_guard() -> None:
    assert LIMIT_BYTES == limit.LIMIT_BYTES
    assert disk.under_limit(LIMIT_BYTES) == LIMIT_BYTES
    with pytest.raises(disk.OverLimit) as refused:
        disk.under_limit(LIMIT_BYTES + 512)
    assert "more than 2 TB of disk is not supported" in str(refused.value)
    assert str(limit.SENTENCE)[1:60] in str(refused.value)


def test_a_source_is_a_disk_with_a_partition_table_that_fits(tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "a.raw")
    disk.check_source(raw, SIZE, "C100V")
    with pytest.raises(disk.DiskTooSmall):
        disk.check_source(raw, 1 << 20, "C100V")
    (tmp_path / "b.raw").write_bytes(bytes(4096))
    with pytest.raises(disk.NotAnImage, match="GPT"):
        disk.check_source(tmp_path / "b.raw", SIZE, "C100V")
    with pytest.raises(disk.NotAnImage, match="No such file"):
        disk.check_source(tmp_path / "c.raw", SIZE, "C100V")


def test_a_conversion_that_fails_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        def run(
            self, argv: Sequence[str | os.PathLike[str]], *, cwd: object = None, package: str = ""
        ) -> None:
            raise CommandFailed(program="qemu-img", status=1, command="", tail="", log="", advice="")

    target = tmp_path / "out/x.qcow2"
    with pytest.raises(CommandFailed):
        disk.convert(Plan(tmp_path / "a.raw", target, DiskFormat.QCOW2, SIZE), Broken())
    assert list(target.parent.iterdir()) == []


def _convert(folder: Path, form: DiskFormat, raw: Path) -> Path:
    return disk.convert(Plan(raw, folder / f"m.{form}", form, SIZE), Runner(folder / "log"))


@pytest.mark.process
@pytest.mark.parametrize("form", list(DiskFormat))
def test_a_converted_disk_is_the_raw_one_enlarged(form: DiskFormat, tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "a.raw")
    before = raw.read_bytes()
    made = _convert(tmp_path / "out", form, raw)
    assert sorted(path.name for path in made.parent.iterdir()) == ["log", made.name]
    subprocess.run(["qemu-img", "check", "-q", "-f", form, made], check=True)
    # Without -s a larger disk with nothing but zeros behind counts as the same.
    subprocess.run(["qemu-img", "compare", "-q", "-f", "raw", "-F", form, raw, made], check=True)
    told = subprocess.run(["qemu-img", "info", "--output=json", made], check=True, capture_output=True)
    assert json.loads(told.stdout)["virtual-size"] == SIZE
    assert raw.read_bytes() == before


@pytest.mark.process
@pytest.mark.parametrize("form", [DiskFormat.QCOW2, DiskFormat.VMDK])
def test_two_conversions_are_the_same_bytes(form: DiskFormat, tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "a.raw")
    one, two = (_convert(tmp_path / name, form, raw) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.process
def test_a_vmdk_is_what_importers_want(tmp_path: Path) -> None:
    made = _convert(tmp_path / "out", DiskFormat.VMDK, raw_image(tmp_path / "a.raw"))
    with made.open("rb") as file:
        header = vmdk.read_header(file, 0, made.stat().st_size, name=made.name)
    assert header == vmdk.Header(3, SIZE, "m.vmdk", "lsilogic", "15", "streamOptimized")
