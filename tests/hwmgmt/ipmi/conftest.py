"""The simulated BMC for tests marked `process`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hwmgmt.ipmi.bmc_sim import BmcSim


@pytest.fixture
def bmc(tmp_path: Path) -> Iterator[BmcSim]:
    with BmcSim(tmp_path / "bmc") as simulator:
        yield simulator
