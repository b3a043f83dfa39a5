"""`hw health` and `hw metrics` against a BMC that gets faults while it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hwmgmt.health import cli
from hwmgmt.ipmi import options
from mailward.errors import ExitStatus
from tests.hwmgmt.ipmi.bmc_sim import AC_LOST, CPU, FAN1, PSU2, BmcSim

Call = Callable[..., Result]


@pytest.fixture
def call(bmc: BmcSim, tmp_path: Path) -> Call:
    (tmp_path / "password").write_text("test\n")
    place = ["--host", "127.0.0.1", "--port", str(bmc.port), "--password-file", str(tmp_path / "password")]

    def invoke(command: str, *words: str) -> Result:
        none = ["--thresholds", str(tmp_path / "health.toml")]
        return CliRunner().invoke(getattr(cli, command), [*place, *none, *words], standalone_mode=False)

    return invoke


@pytest.mark.process
def test_faults_show_as_they_come(bmc: BmcSim, call: Call) -> None:
    done = call("health")
    assert (done.return_value, "Health: ok" in done.output) == (ExitStatus.OK, True)
    bmc.set_bit(PSU2, AC_LOST)
    bmc.set_value(FAN1, 0)
    bmc.set_value(CPU, 96)
    done = call("health")
    assert done.return_value == ExitStatus.FAILED
    assert "PSU2 has no mains power" in done.output
    assert "FAN1_SPEED stands still" in done.output
    assert "P1_TEMP_SENS is at 96 °C" in done.output
    document = json.loads(call("health", "--json").output)
    assert document["redundancy"]["value"] == "powerSupplyRedundancyLost"
    assert document["power_supplies"]["value"][1]["status"]["value"] == "powerSupplyNoAC"
    assert 'mailward_power_supply_status{name="PSU2"} 3.0' in call("metrics").output


@pytest.mark.process
def test_a_dead_bmc_is_a_warning_and_no_wait(bmc: BmcSim, call: Call) -> None:
    bmc.freeze()
    done = call("health", "--json", "--deadline", "1")
    document = json.loads(done.output)
    assert (done.return_value, document["verdict"]) == (ExitStatus.OK, "warning")
    assert document["power_supplies"]["reason"] == "timeout"
    assert document["took_s"] < 10


@pytest.mark.process
def test_thresholds_of_the_site(call: Call, tmp_path: Path) -> None:
    (tmp_path / "health.toml").write_text("[temperature.sensors.INLET_TEMP]\nfailed = 20\n")
    done = call("health")
    assert done.return_value == ExitStatus.FAILED
    assert "INLET_TEMP is at 24 °C" in done.output


def test_a_machine_without_a_bmc_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.setattr(options, "DEVICE", tmp_path / "ipmi0")
    monkeypatch.setattr("hwmgmt.disks.smart.run", None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    done = CliRunner().invoke(cli.health, [], standalone_mode=False)
    assert done.return_value == ExitStatus.OK, done.output
    assert "(absent)" in done.output
