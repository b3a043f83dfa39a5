from __future__ import annotations

from pathlib import Path

import pytest

from hwmgmt.inventory.collect import collect
from hwmgmt.ipmi.target import InBand
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.bmc_sim import BmcSim
from tests.hwmgmt.machine import ucs_m5

GIB = 1 << 30


@pytest.mark.process
def test_everything_at_once(bmc: BmcSim, tmp_path: Path) -> None:
    ucs_m5(tmp_path / "root").disk("sda", 600 * GIB)
    found = collect(bmc.target, root=tmp_path / "root", cache=tmp_path / "sdr")
    assert "C695" in found.model.need().candidates
    assert [disk.name for disk in found.disks.need()] == ["sda"]
    assert found.bmc.need().manufacturer == 5771
    assert found.parts.need()[0].contents.need().board.need()["serial number"] == "WZP00000000"


@pytest.mark.process
def test_a_dead_bmc_costs_its_own_parts(bmc: BmcSim, tmp_path: Path) -> None:
    ucs_m5(tmp_path / "root").disk("sda", 600 * GIB)
    bmc.freeze()
    found = collect(bmc.target, root=tmp_path / "root", cache=None, deadline_s=1.0)
    assert (found.bmc.reason, found.parts.reason) == (Reason.TIMEOUT, Reason.TIMEOUT)
    assert found.model.ok
    assert found.took_s < 10


def test_no_bmc_is_absent(tmp_path: Path) -> None:
    found = collect(InBand(tmp_path / "ipmi0"), root=tmp_path)
    assert (found.bmc.reason, found.parts.reason) == (Reason.ABSENT, Reason.ABSENT)
    assert found.model.ok
