"""`reboot`, `shutdown`, `shell`."""

from typing import Any

import pytest

from gateway.config.elements.roles import Role
from gateway.console.commands import power
from gateway.console.errors import Dialogue, NotConfirmed, NotPermitted, ProgramFailed
from gateway.console.identity import Identity
from gateway.console.programs import Done
from hwmgmt.net.guard import Cause, Finding, Outcome, SwitchStillTalks, Verdict
from tests.gateway.console.scripted import Console

CLEAR = Verdict(Outcome.CLEAR, "no fibre port")
BLOCKED = Verdict(
    Outcome.BLOCKED, "eth4 hears LLDP", (Finding("eth4", Cause.LLDP, "hears LLDP", "Turn it off"),)
)


def guarded(monkeypatch: pytest.MonkeyPatch, verdict: Verdict) -> None:
    def answer(*args: Any) -> Verdict:
        return verdict

    monkeypatch.setattr(power, "verdict", answer)


@pytest.mark.parametrize("command", ["reboot", "shutdown"])
def test_nothing_goes_down_while_the_switch_talks(
    console: Console, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    guarded(monkeypatch, BLOCKED)
    with pytest.raises(SwitchStillTalks):
        console.batch(command, "--yes")
    assert console.programs.ran == []


def test_a_reboot_wants_a_yes_and_leaves_mail_flow_as_it_is(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded(monkeypatch, CLEAR)
    with pytest.raises(NotConfirmed):
        console.batch("reboot")
    console.dialogue("reboot", "0", "y")
    assert console.programs.ran == [(["systemctl", "--no-block", "reboot"], True)]
    assert {command for command, _ in console.service.asked} <= {"status"}


def test_what_systemd_refuses_is_said(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded(monkeypatch, CLEAR)
    console.programs.outputs["systemctl --no-block"] = Done(1, "Interactive authentication required.\n")
    with pytest.raises(ProgramFailed, match="Interactive"):
        console.batch("shutdown", "--yes")


def test_a_shell_is_for_administrators_at_a_terminal(console: Console) -> None:
    with pytest.raises(Dialogue):
        console.batch("shell", "--yes")
    console.dialogue("shell", "y")
    assert console.programs.ran == [(["bash", "--login"], True)]
    assert console.audit[-1] == "alice (administrator): shell"
    console.who = Identity("alice", Role.OPERATOR, 1001)
    with pytest.raises(NotPermitted):
        console.dialogue("shell")
