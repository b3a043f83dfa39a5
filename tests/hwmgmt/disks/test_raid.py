import json
from collections.abc import Sequence
from pathlib import Path

from hwmgmt.disks.raid import read_raid
from hwmgmt.disks.states import ArrayState
from hwmgmt.program import Finished
from hwmgmt.reading import Reading, Reason, known
from tests.hwmgmt.disks.test_md import array
from tests.hwmgmt.disks.test_storcli import report


def storcli(words: Sequence[str], /, *, deadline: float) -> Reading[Finished]:
    return known(Finished(0, json.dumps(report("Dgrd", "Onln", "Failed"))))


def test_both_sources_and_the_gravest_state(tmp_path: Path) -> None:
    array(tmp_path, sda1="in_sync 0").put("usr/sbin/storcli64", "")
    raid = read_raid(tmp_path, storcli)
    assert [found.source for found in raid.arrays] == ["md", "storcli64"]
    assert raid.worst is ArrayState.DEGRADED


def test_a_machine_without_raid(tmp_path: Path) -> None:
    raid = read_raid(tmp_path, storcli)
    assert (raid.arrays, raid.worst) == ((), None)
    assert {raid.md.reason, raid.controllers.reason} == {Reason.ABSENT}
