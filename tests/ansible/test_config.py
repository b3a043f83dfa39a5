"""`appliance_config`: idempotent, check mode, diff, commit with comment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ansible.conftest import Line, Run
from tests.ansible.simulated import Simulated

OTHER = "<config>\n  <hostname>mx2.example.com</hostname>\n</config>\n"


def commands(appliance: Simulated) -> list[str]:
    return [line.split()[0] for line in appliance.state["calls"]]


def test_a_second_run_changes_nothing(run: Run, appliance: Simulated) -> None:
    first = run("appliance_config", config=OTHER, network="take", comment="a new name")
    assert (first["changed"], first["revision"], first["changes"]) == (True, 2, ["hostname"])
    assert "commit 'comment=a new name' --json" in appliance.state["calls"]
    assert appliance.state["config"] == OTHER
    second = run("appliance_config", config=OTHER, network="take")
    assert not second["changed"]
    assert appliance.state["revision"] == 2


def test_check_mode_tells_and_leaves_no_trace(run: Run, appliance: Simulated) -> None:
    before = appliance.state["config"]
    assert run("appliance_config", check=True, config=OTHER, network="take")["changed"]
    assert not run("appliance_config", check=True, config=before, network="take")["changed"]
    assert appliance.state["config"] == before
    assert appliance.state["candidate"] is None
    assert "commit" not in commands(appliance)


def test_check_mode_has_the_appliance_look_at_the_file(run: Run) -> None:
    result = run("appliance_config", check=True, config="<config>")
    assert (result["failed"], result["kind"], result["error"]) == (True, "bad-input", "config.unusable")


def test_whose_network_settings_count_has_to_be_said(run: Run, appliance: Simulated) -> None:
    result = run("appliance_config", config=OTHER)
    assert (result["failed"], result["kind"], result["error"]) == (
        True,
        "bad-input",
        "config.network-question",
    )
    assert appliance.state["candidate"] is None


def test_the_diff_is_without_heading_and_passwords(run: Run) -> None:
    secret = "<config>\n  <passphrase>sesame</passphrase>\n</config>\n"
    result = run("appliance_config", diff=True, config=secret)
    assert "<hostname>mx.example.com" in result["diff"]["before"]
    assert "<passphrase>*****" in result["diff"]["after"]
    assert "Current Time" not in str(result["diff"])
    again = run("appliance_config", diff=True, config=secret)
    assert not again["changed"]
    assert again["diff"]["before"] == again["diff"]["after"]


def test_a_changed_password_is_a_change_though_no_diff_shows_it(run: Run) -> None:
    run("appliance_config", config="<config>\n  <passphrase>sesame</passphrase>\n</config>\n")
    result = run(
        "appliance_config",
        diff=True,
        check=True,
        config="<config>\n  <passphrase>barley</passphrase>\n</config>\n",
    )
    assert result["changed"]
    assert result["diff"]["before"] == result["diff"]["after"]


def test_changes_in_hand_are_not_touched(run: Run, appliance: Simulated) -> None:
    appliance.state["candidate"] = OTHER
    for check in (False, True):
        result = run("appliance_config", config="<config></config>", check=check)
        assert (result["failed"], result["error"]) == (True, "fleet.pending")
    assert appliance.state["candidate"] == OTHER
    assert run("appliance_config", config="<config></config>", pending="clear")["changed"]


def test_check_mode_drops_nobodys_changes(run: Run, appliance: Simulated) -> None:
    appliance.state["candidate"] = OTHER
    assert run("appliance_config", config=OTHER, network="take", pending="clear", check=True)["failed"]
    assert appliance.state["candidate"] == OTHER


def test_a_commit_that_is_refused_leaves_nothing_behind(run: Run, appliance: Simulated) -> None:
    appliance.faults["commit"] = True
    result = run("appliance_config", config=OTHER, network="take")
    assert (result["failed"], result["kind"], result["error"]) == (True, "rejected", "config.conflict")
    assert appliance.state["candidate"] is None
    del appliance.faults["commit"]
    assert run("appliance_config", config=OTHER, network="take")["changed"]


def test_without_commit_the_candidate_waits(run: Run, appliance: Simulated) -> None:
    assert run("appliance_config", config=OTHER, network="take", commit=False)["changed"]
    assert appliance.state["candidate"] == OTHER
    assert appliance.state["revision"] == 1


def test_confirmed_over_a_new_connection(run: Run, appliance: Simulated, line: Line) -> None:
    assert run("appliance_config", config=OTHER, network="take", confirm=120)["changed"]
    assert line.resets == 1
    assert not appliance.state["confirming"]


def test_a_file_on_the_appliance(run: Run, appliance: Simulated) -> None:
    run("appliance_config", file="mx9.xml", network="keep", partial=True)
    assert "loadconfig how=file file=mx9.xml partial=yes network=keep --json" in appliance.state["calls"]
    assert "mx9" in appliance.state["config"]


@pytest.mark.parametrize(
    "arguments", [{}, {"config": OTHER, "file": "a.xml"}, {"config": OTHER, "colour": "red"}]
)
def test_wrong_arguments(run: Run, arguments: dict[str, Any], appliance: Simulated) -> None:
    from ansible.errors import AnsibleActionFail

    with pytest.raises(AnsibleActionFail):
        run("appliance_config", **arguments)
    assert appliance.state["calls"] == []
