"""`appliance_listener` and `appliance_info`."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.mailward.appliance.plugins.action.appliance_info import SUBSETS

from tests.ansible.conftest import Run
from tests.ansible.simulated import Simulated


@pytest.mark.parametrize("listeners", [[], ["InboundMail"]])
def test_suspend_and_resume_once_each(run: Run, appliance: Simulated, listeners: list[str]) -> None:
    for state in ("suspended", "resumed"):
        assert run("appliance_listener", state=state, listeners=listeners)["changed"]
        assert not run("appliance_listener", state=state, listeners=listeners)["changed"]
    assert appliance.state["suspended"] == []


def test_one_of_all_that_are_suspended_is_resumed(run: Run) -> None:
    run("appliance_listener", state="suspended")
    assert not run("appliance_listener", state="suspended", listeners=["InboundMail"])["changed"]
    result = run("appliance_listener", state="resumed", listeners=["InboundMail"], diff=True)
    assert result["suspended_listeners"] == ["OutboundMail"]
    assert result["diff"] == {"before": {"suspended": ["*"]}, "after": {"suspended": ["OutboundMail"]}}


def test_check_mode(run: Run, appliance: Simulated) -> None:
    assert run("appliance_listener", state="suspended", check=True)["changed"]
    assert appliance.state["suspended"] == []


def test_the_delay_is_handed_on(run: Run, appliance: Simulated) -> None:
    run("appliance_listener", state="suspended", listeners=["InboundMail", "OutboundMail"], delay=60)
    assert (
        appliance.state["calls"][-1] == "suspendlistener listeners=InboundMail,OutboundMail delay=60 --json"
    )


def test_a_listener_there_is_not(run: Run) -> None:
    result = run("appliance_listener", state="suspended", listeners=["Outbound"])
    assert (result["failed"], result["kind"], result["error"]) == (True, "bad-input", "console.bad-answer")


def test_information(run: Run) -> None:
    result = run("appliance_info", gather=["version", "upgrade"])
    assert not result["changed"]
    assert set(result["appliance"]) == {"version", "upgrade"}
    assert result["appliance"]["upgrade"]["running"] == "14.2.3-027"


def test_every_subset_is_a_command_of_the_console() -> None:
    from gateway.console.table import find, load

    for words in SUBSETS.values():
        handler = load(find(words[0]).place)
        if len(words) > 1:
            assert any(line.split()[0] == words[1] for line, _ in handler.usage())


def test_nobody_there_is_unreachable_not_failed(run: Run, appliance: Simulated) -> None:
    appliance.faults["unreachable"] = 1
    with pytest.raises(AnsibleConnectionFailure):
        run("appliance_info")


def test_a_shell_instead_of_a_console(run: Run, appliance: Simulated) -> None:
    appliance.faults["noise"] = "bash: version: command not found"
    result = run("appliance_info")
    assert result["error"] == "fleet.no-answer"
    assert "command not found" in result["msg"]
