from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.installer.live import disks
from image.installer.live.disks import Disk, Needs
from image.limit import LIMIT_BYTES

GIB = 1 << 30
NEEDS = Needs(smallest=24 * GIB, whose="C100V", virtual=True, medium="/dev/sr0")
DISK = Disk("sda", "/dev/sda", 200 * GIB, "VIRTUAL", "S1", "0x5000", "sas", False, False, 512, "", ())


def item(**change: object) -> dict[str, object]:
    """A device as lsblk 2.41 prints it."""
    plain: dict[str, object] = {
        "name": "sda", "path": "/dev/sda", "type": "disk", "size": 25769803776, "model": "QEMU HARDDISK   ",
        "serial": "S1", "wwn": None, "tran": "sata", "rm": False, "ro": False, "log-sec": 512, "fstype": None,
        "label": None, "partlabel": None, "mountpoints": [None],
    }  # fmt: skip
    return plain | change


def listed(*items: dict[str, object]) -> str:
    return json.dumps({"blockdevices": items})


def test_disks_are_read_with_what_is_on_them() -> None:
    part = item(name="sda1", type="part", size=GIB, fstype="ext4", partlabel="mailward-var", mountpoints=[])
    crypt = item(name="luks", type="crypt", size=GIB, fstype="LVM2_member")
    text = listed(
        item(children=[part | {"children": [crypt]}]), item(name="sr0", type="rom"), item(name="sdb", size=0)
    )
    (disk,) = disks.parse(text)
    assert (disk.model, disk.wwn, disk.has_installation) == ("QEMU HARDDISK", "", True)
    assert [area.name for area in disk.areas] == ["sda1", "luks"]
    assert [line.split() for line in disks.losses(disk)] == [
        ["sda1", "1", "GiB", "ext4", "mailward-var"],
        ["luks", "1", "GiB", "LVM2_member"],
    ]


def test_a_disk_cannot_write_on_the_console() -> None:
    (disk,) = disks.parse(listed(item(model="\x1b[2Jnice\r\n", serial="a\tb")))
    assert (disk.model, disk.serial) == ("[2Jnice", "ab")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"path": "/dev/sr0"}, "the medium that this was started from"),
        ({"mounted": ("/mnt",)}, "in use"),
        ({"read_only": True}, "cannot be written to"),
        ({"removable": True}, "removable"),
        ({"sector": 4096}, "sectors of 4096 bytes"),
        (
            {"size": 24 * GIB - 512},
            "it has 25,769,803,264 bytes, and C100V needs at least 25,769,803,776 bytes",
        ),
        ({"size": 4 * GIB}, "too small: it has 4 GiB, and C100V needs at least 24 GiB"),
        ({"size": 24 * GIB}, None),
        ({"size": LIMIT_BYTES}, None),
        ({"size": LIMIT_BYTES + 512}, "a virtual model uses at most 2 TiB (2 TB)"),
    ],
)
def test_what_speaks_against_a_disk(change: dict[str, object], problem: str | None) -> None:
    """U7, and what would lose somebody's data."""
    found = disks.objection(replace(DISK, **change), NEEDS)  # type: ignore[arg-type]
    assert (found is None) if problem is None else (found is not None and problem in found.problem)


def test_a_machine_may_use_more_than_the_limit() -> None:
    assert disks.objection(replace(DISK, size=LIMIT_BYTES + 512), replace(NEEDS, virtual=False)) is None


def test_a_serial_number_is_taken_as_it_is() -> None:
    other = replace(DISK, name="sdb", serial="S12")
    assert disks.named([DISK, other], "S1") == [DISK]
    assert disks.named([DISK, other], "0x5000") == [DISK, other]
    assert disks.named([DISK, other], "s1") == []


@given(st.integers(0, 1 << 45))
def test_nothing_outside_the_sizes_is_ever_taken(size: int) -> None:
    taken = disks.objection(replace(DISK, size=size), NEEDS) is None
    assert taken == (24 * GIB <= size <= LIMIT_BYTES)
