import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwmgmt.disks import cli
from hwmgmt.disks.limit import LIMIT_BYTES
from hwmgmt.disks.smart import SmartDevice
from hwmgmt.reading import Reason, missing
from mailward.errors import ExitStatus
from tests.hwmgmt.disks.test_block import two_disks
from tests.hwmgmt.disks.test_md import array
from tests.hwmgmt.machine import Machine


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.setattr(cli, "udev_properties", lambda: {"sda": {"ID_PART_TABLE_TYPE": "dos"}})
    return tmp_path


def test_disks(root: Path) -> None:
    two_disks(root)
    text = CliRunner().invoke(cli.disks, []).output
    assert "/dev/sda  558.8 GiB  dos       spins  UCS-HD600G10K12N  (absent)  yes" in text
    assert "(absent)" in text
    assert [disk["name"] for disk in json.loads(CliRunner().invoke(cli.disks, ["--json"]).output)] == [
        "sda",
        "sdb",
    ]


def test_raid_exits_1_when_degraded(root: Path) -> None:
    array(root, degraded="1", sda1="in_sync 0", sdb1="faulty 1")
    done = CliRunner().invoke(cli.raid, [], standalone_mode=False)
    assert done.return_value == ExitStatus.FAILED
    assert "md0    raid1  degraded  sdb1   failure" in done.output
    assert "MegaRAID: (absent)" in done.output
    assert json.loads(CliRunner().invoke(cli.raid, ["--json"]).output)["md"]["value"][0]["name"] == "md0"


@pytest.mark.parametrize(
    ("size", "status"), [(LIMIT_BYTES, ExitStatus.OK), (LIMIT_BYTES + 512, ExitStatus.REJECTED)]
)
def test_limit_exits_3_when_a_disk_blocks(root: Path, size: int, status: ExitStatus) -> None:
    Machine(root).disk("sda", size)
    done = CliRunner().invoke(cli.limit, [], standalone_mode=False)
    assert done.return_value == status
    for words in (
        "an upgrade does not change that",
        "deploy a new instance",
        "Existing licences stay as they are",
    ):
        assert (words in done.output) is (status is ExitStatus.REJECTED), words
    document = json.loads(CliRunner().invoke(cli.limit, ["--json"]).output)
    assert document["verdicts"][0]["blocks"] is (status is ExitStatus.REJECTED)


def test_smart_shows_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(devices: list[SmartDevice], *, deadline: float) -> object:
        return {device: missing(Reason.TIMEOUT, "no answer in 5 s") for device in devices}

    monkeypatch.setattr(cli, "read_smart", answer)
    text = CliRunner().invoke(cli.smart, ["/dev/sda"]).output
    assert "/dev/sda  (timeout)" in text
    assert "no answer in 5 s" in text
