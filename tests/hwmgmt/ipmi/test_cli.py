"""The commands, against OpenIPMI's simulator over LAN."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hwmgmt.cli import hw
from hwmgmt.ipmi import cli, control_cli, options
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.sdr import repository
from mailward.errors import ExitStatus, Rejected
from tests.hwmgmt.ipmi.bmc_sim import AC_LOST, PSU2, BmcSim
from tests.hwmgmt.ipmi.test_watchdog import kernel

Call = Callable[..., Result]


@pytest.fixture
def call(bmc: BmcSim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("MAILWARD_IPMI_PASSWORD", "test")
    monkeypatch.setattr(repository, "CACHE", tmp_path / "sdr")

    def invoke(*words: str, stdin: str | None = None) -> Result:
        place = ["--host", "127.0.0.1", "--port", str(bmc.port), "--deadline", "2"]
        return CliRunner().invoke(hw, [*words, *place], standalone_mode=False, input=stdin)

    return invoke


@pytest.mark.process
def test_sensors(bmc: BmcSim, call: Call) -> None:
    bmc.set_bit(PSU2, AC_LOST)
    text = call("sensors", "--thresholds").output
    assert "P1_TEMP_SENS  41 °C" in text
    assert "upper critical 90" in text
    assert "[" in next(line for line in text.splitlines() if line.startswith("PSU2_STATUS"))
    document = json.loads(call("sensors", "FAN1_SPEED", "--json").output)
    assert [sensor["reading"]["value"]["value"] for sensor in document["sensors"]] == [5400]
    assert document["bad_records"] == []


@pytest.mark.process
def test_the_log_is_listed_cut_and_cleared(bmc: BmcSim, call: Call) -> None:
    bmc.fill_log(3)
    text = call("sel").output
    assert len(text.splitlines()) == 3
    assert "Upper critical (95 °C, limit 90) [critical]" in text
    document = json.loads(call("sel", "--json", "--last", "1").output)
    assert (len(document["entries"]), document["complete"]) == (1, True)
    assert len(call("sel", "list", "--from", "0x2").output.splitlines()) == 2
    assert "entries       3" in call("sel", "info").output
    assert isinstance(call("sel", "clear", stdin="n\n").exception, Exception)
    assert json.loads(call("sel", "info", "--json").output)["entries"] == 3
    assert call("sel", "clear", "--yes").return_value == ExitStatus.OK
    assert json.loads(call("sel", "info", "--json").output)["entries"] == 0
    assert call("sel").output == "The log is empty.\n"


@pytest.mark.process
def test_fru(call: Call) -> None:
    assert "serial number  WZP00000000" in call("fru").output
    parts = json.loads(call("fru", "--json").output)["parts"]
    assert [part["name"] for part in parts] == ["Builtin FRU", "PSU1", "PSU2"]


@pytest.mark.process
def test_power_asks_before_it_cuts(bmc: BmcSim, call: Call) -> None:
    assert json.loads(call("power", "--json").output)["power_on"] is True
    call("power", "off", stdin="n\n")
    assert bmc.chassis("power") == "1"
    assert call("power", "off", "--yes").return_value == ExitStatus.OK
    assert bmc.chassis("power") == "0"
    assert "power                off" in call("power").output


@pytest.mark.process
def test_identify_and_bootdev(bmc: BmcSim, call: Call) -> None:
    assert "firmware's own" in call("bootdev").output
    assert "15 s" in call("identify").output
    assert bmc.chassis("identify").startswith("15")
    assert call("identify", "forever").exception
    assert call("bootdev", "--uefi").exception


@pytest.mark.process
def test_watchdog(call: Call) -> None:
    assert call("watchdog", "set", "300", "--action", "none").return_value == ExitStatus.OK
    document = json.loads(call("watchdog", "--json").output)
    assert (document["timer"]["use"], document["timer"]["timeout_s"]) == ("os", 300)
    assert "full time" in call("watchdog", "reset").output
    assert "stopped" in call("watchdog", "stop").output
    assert call("watchdog", "set", "7000").exception


@pytest.mark.process
def test_bmc(call: Call, tmp_path: Path) -> None:
    assert "5771" in call("bmc", "info").output
    (tmp_path / "new").write_text("secret\n")
    words = [
        "--name",
        "siteops",
        "--privilege",
        "operator",
        "--enable",
        "--new-password-file",
        str(tmp_path / "new"),
    ]
    assert "siteops" in call("bmc", "user", "4", *words).output
    users = json.loads(call("bmc", "users", "--json").output)["users"]
    assert [user["name"] for user in users] == ["admin", "power", "siteops"]
    assert "always" in call("bmc", "lan").output
    assert json.loads(call("bmc", "lan", "--json").output)["channels"][0]["channel"] == 1
    assert "no prefix" in str(call("bmc", "lan", "set", "--address", "192.0.2.9").exception)
    # This simulator accepts an address and does not keep it.
    refused = call("bmc", "lan", "set", "--address", "192.0.2.9/24", "--gateway", "192.0.2.1")
    assert "did not keep: address 192.0.2.9 (it kept 0.0.0.0)" in refused.output
    assert refused.return_value == ExitStatus.FAILED


@pytest.mark.process
def test_a_silent_bmc_is_an_error_with_a_remedy(bmc: BmcSim, call: Call) -> None:
    bmc.freeze()
    error = call("sensors").exception
    assert isinstance(error, NoAnswer)
    assert error.hint()


def test_the_kernels_watchdog_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_cli, "ROOT", kernel(tmp_path, "IPMI"))
    for words in (["set", "300"], ["stop"]):
        error = CliRunner().invoke(control_cli.watchdog, words, standalone_mode=False).exception
        assert isinstance(error, Rejected)
        assert "/dev/watchdog0" in str(error)


def test_no_password_is_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILWARD_IPMI_PASSWORD", raising=False)
    error = CliRunner().invoke(cli.sensors, ["--host", "192.0.2.1"], standalone_mode=False).exception
    assert isinstance(error, options.NoPassword)


@pytest.mark.parametrize("word", ["-1", "0xffff", "x"])
def test_entry_ids_are_checked(word: str) -> None:
    done = CliRunner().invoke(cli.sel, ["list", "--from", word])
    assert done.exit_code == ExitStatus.USAGE
