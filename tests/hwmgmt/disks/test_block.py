import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.disks.block import list_disks, mounted_on, system_disks
from hwmgmt.disks.table import TableType
from hwmgmt.reading import Reason
from tests.hwmgmt.machine import Machine

MOUNTINFO = """\
22 1 254:0 / / ro,relatime shared:1 - erofs /dev/mapper/root ro
23 22 0:5 / /proc rw - proc proc rw
31 22 8:5 / /var rw,relatime shared:9 - ext4 /dev/sda5 rw,prjquota
40 22 8:17 / /media/usb rw - vfat /dev/sdb1 rw
"""


def two_disks(root: Path) -> Machine:
    """The system on sda (/var on its fifth partition, / on dm over its second), a stick as sdb."""
    machine = Machine(root).disk("sda", 600 * 10**9).disk("sdb", 8 * 10**9, rotational=False)
    machine.put("sys/block/sda/sda5/partition", "5\n").put("sys/block/sda/sda2/partition", "2\n")
    machine.link("sys/dev/block/8:5", "../../block/sda/sda5").link(
        "sys/dev/block/8:2", "../../block/sda/sda2"
    )
    machine.put("sys/block/dm-0/size", "100\n").link("sys/dev/block/254:0", "../../block/dm-0")
    machine.link("sys/block/dm-0/slaves/sda2", "../../sda/sda2")
    return machine.put("proc/self/mountinfo", MOUNTINFO).put("sys/block/sdb/removable", "1\n")


def test_disks_of_a_machine(tmp_path: Path) -> None:
    two_disks(tmp_path).put("sys/block/loop0/size", "8\n").put("sys/block/sr0/size", "0\n")
    udev = {"sda": {"ID_PART_TABLE_TYPE": "gpt", "ID_SERIAL_SHORT": "WZP1", "ID_BUS": "scsi"}}
    sda, sdb = list_disks(tmp_path, udev).need()
    assert (sda.name, sda.size.value, sda.size.unit) == ("sda", 600 * 10**9, "bytes")
    assert (sda.table.value, sda.serial.value, sda.bus.value) == (TableType.GPT, "WZP1", "scsi")
    assert sda.model.value == "UCS-HD600G10K12N"
    assert (sda.partitions, sda.system, sdb.system) == (("sda2", "sda5"), True, False)
    assert sdb.table.reason is Reason.ABSENT


def test_sizes_count_in_512_whatever_the_block(tmp_path: Path) -> None:
    Machine(tmp_path).disk("sda", 3 * 2**40, logical=4096)
    (sda,) = list_disks(tmp_path).need()
    assert (sda.size.value, sda.logical_block.value) == (3 * 2**40, 4096)


def test_the_table_is_read_from_the_disk_without_udev(tmp_path: Path) -> None:
    start = bytearray(1024)
    start[450], start[510:512], start[512:520] = 0xEE, b"\x55\xaa", b"EFI PART"
    Machine(tmp_path).disk("sda", 2**30).put("dev/sda", bytes(start))
    assert list_disks(tmp_path).need()[0].table.value is TableType.GPT


def test_a_disk_that_goes_away_meanwhile_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "sys/block/sdz").mkdir(parents=True)
    (sdz,) = list_disks(tmp_path).need()
    assert {sdz.size.reason, sdz.table.reason, sdz.model.reason} == {Reason.ABSENT}


def test_no_sysfs_at_all(tmp_path: Path) -> None:
    assert list_disks(tmp_path).reason is Reason.ABSENT


def test_the_system_is_found_through_device_mapper(tmp_path: Path) -> None:
    two_disks(tmp_path)
    assert system_disks(tmp_path) == {"dm-0", "sda"}


def test_a_loop_of_slaves_ends(tmp_path: Path) -> None:
    machine = Machine(tmp_path).put("proc/self/mountinfo", "1 1 254:0 / / rw - ext4 x rw\n")
    machine.put("sys/block/dm-0/size", "1\n").link("sys/dev/block/254:0", "../../block/dm-0")
    machine.link("sys/block/dm-0/slaves/dm-0", "../../dm-0")
    assert system_disks(tmp_path) == {"dm-0"}


@given(st.text(max_size=200))
def test_any_mountinfo_is_read(text: str) -> None:
    assert all(":" in device for device in mounted_on(text, ("/",)))


@pytest.mark.process
@pytest.mark.skipif(shutil.which("umockdev-wrapper") is None, reason="umockdev is not installed")
def test_disks_come_and_go() -> None:
    """Against libudev with umockdev's made-up uevents."""
    root = Path(__file__).parents[3]
    script = Path(__file__).with_name("umockdev_events.py")
    done = subprocess.run(
        ["umockdev-wrapper", sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["before"] == [["sda", 1172123568 * 512, "gpt", "WZP1"]]
    # What is no add and no removal is a change; a partition is no disk.
    model = "UCS-HD600G10K12N"
    assert seen["events"] == [[action, "sdb", model] for action in ("add", "change", "change", "remove")]
    assert "sda" in seen["after"]
