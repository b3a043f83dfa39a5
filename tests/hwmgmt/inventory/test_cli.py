import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwmgmt.inventory import cli
from mailward.errors import ExitStatus
from tests.hwmgmt.ipmi.bmc_sim import BmcSim
from tests.hwmgmt.machine import ucs_m5

GIB = 1 << 30


@pytest.mark.process
def test_a_table_and_a_document(bmc: BmcSim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ucs_m5(tmp_path).disk("sda", 600 * GIB)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.setenv("MAILWARD_IPMI_PASSWORD", "test")
    place = ["--host", "127.0.0.1", "--port", str(bmc.port)]
    done = CliRunner().invoke(cli.inventory, place, standalone_mode=False)
    assert done.return_value == ExitStatus.OK
    assert "600 GiB" in done.output
    assert "WZP00000000" in done.output
    document = json.loads(CliRunner().invoke(cli.inventory, [*place, "--json"]).output)
    assert document["bmc"]["value"]["manufacturer"] == 5771
    assert document["parts"]["value"][0]["name"] == "Builtin FRU"
    assert document["network"]["value"]["links"]
