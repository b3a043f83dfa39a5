"""`appliance_upgrade` and `appliance_revert`: once, waited for, and never called a success on hearsay."""

from __future__ import annotations

import pytest

from tests.ansible.conftest import Line, Run
from tests.ansible.simulated import Simulated

TO = "14.2.3-031"


def runs(appliance: Simulated) -> int:
    return sum(line.startswith("upgrade run") for line in appliance.state["calls"])


def test_an_upgrade_and_once_only(run: Run, appliance: Simulated, line: Line) -> None:
    result = run("appliance_upgrade", to=TO, delay=0)
    assert (result["changed"], result["running"]) == (True, TO)
    assert result["attempt"]["outcome"] == "committed"
    assert result["attempt"]["down_time"] == 74.0
    assert f"upgrade run --to {TO} --delay 0 --json" in appliance.state["calls"]
    assert line.resets > 0
    again = run("appliance_upgrade", to=TO)
    assert (again["changed"], again["running"]) == (False, TO)
    assert runs(appliance) == 1


def test_an_appliance_that_is_away_is_waited_for(run: Run, appliance: Simulated) -> None:
    appliance.faults["drop-run"] = True
    original = appliance.do_upgrade_run

    def then_away(words: list[str]) -> object:
        appliance.faults["unreachable"] = 5
        return original(words)

    appliance.do_upgrade_run = then_away  # type: ignore[method-assign]
    assert run("appliance_upgrade", to=TO)["attempt"]["outcome"] == "committed"


def test_rolled_back_is_a_failure_with_its_reason(run: Run, appliance: Simulated) -> None:
    appliance.faults["rolls-back"] = "units failed: bad.service"
    result = run("appliance_upgrade", to=TO)
    assert (result["failed"], result["error"]) == (True, "fleet.upgrade")
    assert "rolled-back: units failed: bad.service" in result["msg"]
    assert appliance.state["version"] == "14.2.3-027"


def test_failed_before_its_reboot(run: Run, appliance: Simulated) -> None:
    appliance.faults["run-fails"] = "the work queue did not empty"
    result = run("appliance_upgrade", to=TO)
    assert result["failed"]
    assert "the work queue did not empty" in result["msg"]


def test_a_line_that_broke_before_anything_began_is_no_success(run: Run, appliance: Simulated) -> None:
    run("appliance_upgrade", to=TO)  # so that the ledger has one that went well
    run("appliance_revert", leave=TO)
    appliance.faults["never-begins"] = True
    result = run("appliance_upgrade", to=TO)
    assert (result["failed"], result["error"]) == (True, "fleet.not-begun")


def test_one_that_never_ends(run: Run, appliance: Simulated) -> None:
    appliance.polls = 10**6
    result = run("appliance_upgrade", to=TO, timeout=60)
    assert (result["failed"], result["error"]) == (True, "fleet.timeout")
    assert "its last step was reboot" in result["msg"]


def test_what_blocks_is_named_and_nothing_begins(run: Run, appliance: Simulated) -> None:
    appliance.faults["preflight"] = "lldp-off"
    for check in (False, True):
        result = run("appliance_upgrade", to=TO, check=check)
        assert (result["failed"], result["kind"], result["error"]) == (True, "rejected", "fleet.blocked")
        assert "lldp-off: lldp-off is in the way" in result["msg"]
        assert result["remedy"] == "Put it right."
    assert runs(appliance) == 0


def test_check_mode(run: Run, appliance: Simulated) -> None:
    result = run("appliance_upgrade", to=TO, check=True)
    assert (result["changed"], result["preflight"]["verdict"]) == (True, "pass")
    assert runs(appliance) == 0


@pytest.mark.parametrize("version", ["14.2.3-027", TO])
def test_one_under_way_is_joined_even_on_trial(run: Run, appliance: Simulated, version: str) -> None:
    """On trial the new version runs, and may yet be left again: that is no reason to say it is done."""
    run("appliance_upgrade", to=TO, wait=False)
    appliance.state["version"] = version
    appliance.faults["rolls-back"] = "not well"
    assert run("appliance_upgrade", to=TO)["failed"]
    assert runs(appliance) == 1


def test_one_under_way_to_elsewhere_is_left_alone(run: Run, appliance: Simulated) -> None:
    run("appliance_upgrade", to="14.2.3-029", wait=False)
    result = run("appliance_upgrade", to=TO)
    assert (result["failed"], result["error"]) == (True, "fleet.other")
    assert runs(appliance) == 1


def test_plan_preflight_and_download_begin_nothing(run: Run, appliance: Simulated) -> None:
    assert run("appliance_upgrade", to=TO, phase="plan")["plan"]["hops"][0]["to"] == TO
    run("appliance_upgrade", to=TO, phase="preflight", force=True, confirmed=["Data 1"])
    assert (
        f"upgrade preflight --to {TO} --begin --force --confirmed 'Data 1' --json" in appliance.state["calls"]
    )
    assert run("appliance_upgrade", to=TO, phase="download", check=True)["changed"]
    assert appliance.state["downloaded"] == []
    assert run("appliance_upgrade", to=TO, phase="download", source="/var/releases")["changed"]
    assert not run("appliance_upgrade", to=TO, phase="download")["changed"]
    assert runs(appliance) == 0


def test_back_once(run: Run, appliance: Simulated) -> None:
    run("appliance_upgrade", to=TO)
    assert run("appliance_revert", leave=TO, check=True)["changed"]
    result = run("appliance_revert", leave=TO)
    assert (result["changed"], result["running"]) == (True, "14.2.3-027")
    assert not run("appliance_revert", leave=TO)["changed"]
    assert appliance.state["version"] == "14.2.3-027"


def test_back_that_came_back_again(run: Run, appliance: Simulated) -> None:
    appliance.faults["rolls-back"] = "not well"
    assert run("appliance_revert", leave="14.2.3-027")["failed"]


def test_no_way_back_out_of_an_upgrade_under_way(run: Run, appliance: Simulated) -> None:
    run("appliance_upgrade", to=TO, wait=False)
    result = run("appliance_revert", leave="14.2.3-027")
    assert (result["failed"], result["error"]) == (True, "fleet.other")
