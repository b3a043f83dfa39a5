import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.net.fwagent import Agent
from hwmgmt.net.hostagents import Lldpad, Lldpd, Networkd, host_agents, parse_emit_lldp, parse_lldpcli
from hwmgmt.program import Finished
from hwmgmt.reading import Reading, Reason, known, missing


@dataclass
class FakeRun:
    """Answers a program by the words it is called with; the last matching entry of the table counts."""

    answers: dict[str, Reading[Finished]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)

    def __call__(self, words: Sequence[str], /, *, deadline: float) -> Reading[Finished]:
        assert deadline > 0
        line = " ".join(words)
        self.called.append(line)
        for part, answer in self.answers.items():
            if part in line:
                return answer
        return missing(Reason.ABSENT, f"{words[0]} is not installed")


def finished(output: str = "", status: int = 0, complaint: str = "") -> Reading[Finished]:
    return known(Finished(status, output, complaint))


def lldpcli(status: str, name: str = "eth1") -> str:
    """As lldpd 1.0.16 prints it with -f json0."""
    return json.dumps({"lldp": [{"interface": [{"name": name, "status": [{"value": status}]}]}]})


ANY = 2


@pytest.mark.parametrize(
    ("status", "agent"),
    [("RX and TX", Agent.ON), ("TX only", Agent.ON), ("RX only", Agent.OFF), ("disabled", Agent.OFF)],
)
def test_lldpd_by_its_status(status: str, agent: Agent) -> None:
    assert Lldpd(FakeRun({"show": finished(lldpcli(status))})).state("eth1", ANY) == known(agent)


def test_a_port_that_lldpd_does_not_manage_is_off() -> None:
    assert parse_lldpcli('{"lldp": [{}]}', "eth1") == known(Agent.OFF)
    assert parse_lldpcli(lldpcli("RX and TX", "eth2"), "eth1") == known(Agent.OFF)


@given(st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_json_gives_a_reading(value: object) -> None:
    parse_lldpcli(json.dumps(value), "eth1")
    parse_lldpcli(json.dumps({"lldp": value}), "eth1")
    parse_lldpcli(json.dumps({"lldp": [{"interface": value}]}), "eth1")


def test_what_is_no_json_is_malformed() -> None:
    assert parse_lldpcli("", "eth1").reason is Reason.MALFORMED


def test_lldpd_that_does_not_run_or_is_not_installed() -> None:
    complaint = "[WARN/control] unable to connect to socket /run/lldpd.socket: No such file or directory"
    assert Lldpd(FakeRun({"show": finished(status=1, complaint=complaint)})).state("x", ANY) == known(
        Agent.NONE
    )
    assert Lldpd(FakeRun()).state("x", ANY) == known(Agent.NONE)
    assert Lldpd(FakeRun({"show": finished(status=1, complaint="?")})).state("x", ANY).value is None


def test_a_tool_that_hangs_is_a_timeout() -> None:
    run = FakeRun({"": missing(Reason.TIMEOUT, "no answer in 5 s")})
    assert Lldpd(run).state("x", ANY).reason is Reason.TIMEOUT
    assert Lldpad(run).state("x", ANY).reason is Reason.TIMEOUT


@pytest.mark.parametrize(("on", "word"), [(True, "rx-and-tx"), (False, "rx-only")])
def test_lldpd_is_switched_and_asked_again(on: bool, word: str) -> None:
    run = FakeRun({"configure": finished(), "show": finished(lldpcli("RX only"))})
    assert Lldpd(run).switch("eth1", ANY, on=on) == known(Agent.OFF)
    assert f"configure ports eth1 lldp status {word}" in run.called[0]


def test_a_switch_that_fails_is_said() -> None:
    run = FakeRun({"configure": finished(status=1, complaint="no permission")})
    assert Lldpd(run).switch("eth1", ANY, on=False).detail == "no permission"
    run = FakeRun({"-L": finished(status=1, complaint="no permission")})
    assert Lldpad(run).switch("eth1", ANY, on=False).detail == "no permission"


@pytest.mark.parametrize(
    ("answer", "agent"),
    [
        (finished("adminStatus=rxtx\n"), Agent.ON),
        (finished("adminStatus=tx\n"), Agent.ON),
        (finished("adminStatus=rx\n"), Agent.OFF),
        (finished("adminStatus=disabled\n"), Agent.OFF),
        (finished("Device not found or inactive \n", 1), Agent.OFF),
        (finished("", 255, "Failed to connect to lldpad - clif_open: Invalid argument"), Agent.NONE),
    ],
)
def test_lldpad_by_what_lldptool_prints(answer: Reading[Finished], agent: Agent) -> None:
    assert Lldpad(FakeRun({"-l -i eth1": answer})).state("eth1", ANY) == known(agent)


def test_lldptool_that_prints_something_else_is_malformed() -> None:
    assert Lldpad(FakeRun({"-l": finished("what?")})).state("eth1", ANY).reason is Reason.MALFORMED


def test_lldpad_is_switched() -> None:
    run = FakeRun({"-L": finished(), "-l": finished("adminStatus=rx\n")})
    assert Lldpad(run).switch("eth1", ANY, on=False) == known(Agent.OFF)
    assert run.called[0] == "lldptool -L -i eth1 adminStatus=rx"


# -- systemd-networkd ---------------------------------------------------------------------------------------

FILE = "usr/lib/systemd/network/50-data.network"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "run/systemd/netif/links/2", "ADMIN_STATE=configured\nNETWORK_FILE=/" + FILE + "\n")
    write(tmp_path, FILE, "[Match]\nName=eth1\n[Network]\nEmitLLDP=nearest-bridge\n")
    return tmp_path


def write(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_networkd_is_switched_by_a_drop_in_below_run(root: Path) -> None:
    run = FakeRun({"networkctl reload": finished()})
    networkd = Networkd(root, run)
    assert networkd.state("eth1", 2) == known(Agent.ON)
    assert networkd.switch("eth1", 2, on=False) == known(Agent.OFF)
    drop_in = root / "run/systemd/network/50-data.network.d/90-mailward-lldp.conf"
    assert "EmitLLDP=no" in drop_in.read_text()
    assert networkd.switch("eth1", 2, on=True) == known(Agent.ON)
    assert not drop_in.exists()
    assert run.called == ["networkctl reload"] * 2


def test_a_port_that_networkd_does_not_manage(root: Path) -> None:
    networkd = Networkd(root, FakeRun())
    assert networkd.state("eth2", 3) == known(Agent.NONE)
    assert networkd.switch("eth2", 3, on=False) == known(Agent.NONE)


def test_drop_ins_count_by_name_and_etc_hides_the_others(root: Path) -> None:
    for place, value in (("usr/lib", "no"), ("run", "no"), ("etc", "customer-bridge")):
        write(root, f"{place}/systemd/network/50-data.network.d/10.conf", f"[Network]\nEmitLLDP={value}\n")
    assert Networkd(root).state("eth1", 2).detail == "systemd-networkd: EmitLLDP=customer-bridge"


def test_a_reload_that_fails_is_said(root: Path) -> None:
    found = Networkd(root, FakeRun({"reload": finished(status=1, complaint="no bus")})).switch(
        "e", 2, on=False
    )
    assert found.detail == "networkctl reload: no bus"
    (root / "run/systemd/network").rename(root / "moved")
    (root / "run/systemd/network").write_text("in the way")
    assert Networkd(root, FakeRun()).switch("e", 2, on=False).value is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", "otherwise"),
        ("EmitLLDP=yes", "otherwise"),
        ("[Link]\nEmitLLDP=yes", "otherwise"),
        ("[Network]\n EmitLLDP = yes \nEmitLLDP=nearest-bridge", "nearest-bridge"),
        ("[Network]\nEmitLLDP=", "no"),
    ],
)
def test_emit_lldp(text: str, value: str) -> None:
    assert parse_emit_lldp(text, "otherwise") == value


def test_three_agents_are_known() -> None:
    assert [agent.name for agent in host_agents()] == ["lldpd", "lldpad", "systemd-networkd"]
