from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.disks.md import MdLine, array_state, parse_mdstat, read_md
from hwmgmt.disks.states import ArrayState, Drive, DriveState
from hwmgmt.reading import Reason
from tests.hwmgmt.machine import Machine

MDSTAT = """\
Personalities : [raid1] [raid6] [raid5] [raid4] [raid10]
md127 : active (auto-read-only) raid10 sdd1[3] sdc1[2](S) sdb1[1] sda1[0](F)
      1171871744 blocks super 1.2 512K chunks 2 near-copies [4/3] [_UUU]
      [==>..................]  recovery = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec
      bitmap: 3/9 pages [12KB], 65536KB chunk

md0 : active raid1 sdb2[1] sda2[0]
      585936896 blocks super 1.2 [2/2] [UU]

md1 : inactive sde1[0](S)
      1046528 blocks super 1.2

unused devices: <none>
"""


def test_mdstat() -> None:
    ten, one, dead = parse_mdstat(MDSTAT)
    assert ten == MdLine(
        name="md127",
        active=True,
        level="raid10",
        members=(("sdd1", ""), ("sdc1", "(S)"), ("sdb1", ""), ("sda1", "(F)")),
        slots="_UUU",
        action="recovery",
        percent=12.6,
    )
    assert (one.level, one.slots, one.percent) == ("raid1", "UU", None)
    assert (dead.active, dead.level, dead.members) == (False, "", (("sde1", "(S)"),))


def array(root: Path, name: str = "md0", **states: str) -> Machine:
    """An md array in sysfs; keyword `sda1="in_sync 0"` is a member's state and slot."""
    machine = Machine(root)
    attributes = {"level": "raid1", "array_state": "clean", "degraded": "0", "sync_action": "idle"}
    attributes |= {key: value for key, value in states.items() if not key.startswith("sd")}
    for key, value in attributes.items():
        machine.put(f"sys/block/{name}/md/{key}", value + "\n")
    for member in (key for key in states if key.startswith("sd")):
        state, slot, *errors = states[member].split()
        machine.put(f"sys/block/{name}/md/dev-{member}/state", state + "\n")
        machine.put(f"sys/block/{name}/md/dev-{member}/slot", slot + "\n")
        machine.put(f"sys/block/{name}/md/dev-{member}/errors", "".join(errors) or "0")
    return machine


def test_a_healthy_array(tmp_path: Path) -> None:
    array(tmp_path, sda1="in_sync 0", sdb1="in_sync 1 3")
    (found,) = read_md(tmp_path).need()
    assert (found.name, found.level, found.state, found.source) == ("md0", "raid1", ArrayState.OPTIMAL, "md")
    assert found.drives == (
        Drive("sda1", DriveState.HEALTHY, "No Error"),
        Drive("sdb1", DriveState.HEALTHY, "3 corrected read errors"),
    )
    assert found.progress.reason is Reason.ABSENT


def test_a_pulled_drive_degrades(tmp_path: Path) -> None:
    array(tmp_path, degraded="1", sda1="in_sync 0", sdb1="faulty,write_error 1")
    (found,) = read_md(tmp_path).need()
    assert found.state is ArrayState.DEGRADED
    assert found.drives[1] == Drive("sdb1", DriveState.FAILURE, "faulty")


def test_a_rebuild_has_progress_from_sysfs_or_mdstat(tmp_path: Path) -> None:
    states = {"degraded": "1", "sync_action": "recover", "sda1": "in_sync 0", "sdb1": "spare 1"}
    array(tmp_path, **states, sync_completed="250 / 1000").put("proc/mdstat", MDSTAT)
    array(tmp_path, "md127", **states)
    one, ten = read_md(tmp_path).need()
    assert (one.state, one.drives[1].state) == (ArrayState.REBUILDING, DriveState.REBUILD)
    assert (one.progress.value, ten.progress.value, ten.progress.unit) == (25.0, 12.6, "%")


def test_spares_and_unreadable_members(tmp_path: Path) -> None:
    array(tmp_path, sda1="in_sync 0", sdb1="spare none")
    (tmp_path / "sys/block/md0/md/dev-sdc1").mkdir()
    (found,) = read_md(tmp_path).need()
    assert [drive.state for drive in found.drives] == [
        DriveState.HEALTHY,
        DriveState.SPARE,
        DriveState.UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("state", "degraded", "drive", "expected"),
    [
        ("active", 0, DriveState.HEALTHY, ArrayState.OPTIMAL),
        ("clean", 1, DriveState.FAILURE, ArrayState.DEGRADED),
        ("active", 1, DriveState.SPARE, ArrayState.DEGRADED),
        ("active", 1, DriveState.REBUILD, ArrayState.REBUILDING),
        ("inactive", 0, DriveState.HEALTHY, ArrayState.FAILED),
        ("broken", 2, DriveState.FAILURE, ArrayState.FAILED),
        ("", 0, DriveState.HEALTHY, ArrayState.UNKNOWN),
    ],
)
def test_the_state_of_an_array(state: str, degraded: int, drive: DriveState, expected: ArrayState) -> None:
    drives = (Drive("sda", DriveState.HEALTHY, ""), Drive("sdb", drive, ""))
    assert array_state(state, degraded, drives) is expected


def test_no_array_is_absent(tmp_path: Path) -> None:
    Machine(tmp_path).disk("sda", 10**9)
    assert read_md(tmp_path).reason is Reason.ABSENT
    assert read_md(tmp_path / "nowhere").reason is Reason.ABSENT


@given(st.text(max_size=300))
def test_any_text_is_an_mdstat(text: str) -> None:
    assert all(line.name.startswith("md") for line in parse_mdstat(text))


@given(st.data())
def test_a_cut_or_shuffled_mdstat_is_read(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.sampled_from(MDSTAT.splitlines()) | st.text(max_size=20), max_size=12))
    text = "\n".join(lines)[: data.draw(st.integers(0, 400))]
    for line in parse_mdstat(text):
        assert line.percent is None or line.percent >= 0
