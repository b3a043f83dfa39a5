import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from hwmgmt.models.catalogue import catalogue
from image.command import Runner
from image.forms import disk, ova
from image.forms.disk import DiskFormat, Plan
from image.limit import LIMIT_BYTES
from tests.image.forms.gpt import raw_image

C100V = catalogue().get("C100V")


def _package(folder: Path, capacity: int = 1 << 30) -> ova.Package:
    vmdk = folder / "m-disk1.vmdk"
    vmdk.write_bytes(b"some disk")
    return ova.Package(C100V, vmdk, capacity, "14.2.3-031")


def test_descriptor_manifest_and_disk_come_in_this_order_and_carry_nothing_of_the_host(
    tmp_path: Path,
) -> None:
    made = ova.pack(_package(tmp_path), tmp_path / "m.ova")
    with tarfile.open(made, "r:") as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == ["m.ovf", "m.mf", "m-disk1.vmdk"]
    facts = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode, m.type) for m in members}
    assert facts == {(ova.MTIME, 0, 0, "", "", 0o644, tarfile.REGTYPE)}
    assert made.read_bytes()[257:265] == b"ustar\x0000"


def test_the_manifest_has_every_file_but_itself_in_the_exact_form(tmp_path: Path) -> None:
    with tarfile.open(ova.pack(_package(tmp_path), tmp_path / "m.ova"), "r:") as archive:
        content = {m.name: f.read() for m in archive.getmembers() if (f := archive.extractfile(m))}
    assert content["m.mf"].decode().splitlines() == [
        f"SHA256({name})= {hashlib.sha256(content[name]).hexdigest()}" for name in ("m.ovf", "m-disk1.vmdk")
    ]


def test_a_disk_over_the_limit_is_refused_with_the_sentence(tmp_path: Path) -> None:
    with pytest.raises(disk.OverLimit, match="more than 2 TB of disk is not supported"):
        ova.pack(_package(tmp_path, LIMIT_BYTES + 512), tmp_path / "m.ova")
    assert not (tmp_path / "m.ova").exists()


def test_a_member_that_ustar_cannot_hold_is_refused(tmp_path: Path) -> None:
    package = _package(tmp_path)
    os.truncate(package.disk, 8 << 30)
    with pytest.raises(ova.MemberTooLarge, match=r"8\.0 GiB"):
        ova.pack(package, tmp_path / "m.ova")


@pytest.mark.process
def test_two_are_the_same_bytes_and_nothing_else_is_left(tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "a.raw")
    made = []
    for name in ("one", "two"):
        plan = Plan(raw, tmp_path / name / "m.ova", DiskFormat.VMDK, 64 << 20)
        made.append(ova.make(C100V, plan, Runner(tmp_path / "log"), version="14.2.3-031"))
    assert made[0].read_bytes() == made[1].read_bytes()
    assert [path.name for path in made[0].parent.iterdir()] == ["m.ova"]
