"""The commands with made-up edges: what they print and their exit statuses."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from hwmgmt.models.detect import Detected
from hwmgmt.net import cli, dcb, guard
from hwmgmt.net.dcb import Dcb, Owner
from hwmgmt.net.ethtool import PortType
from hwmgmt.net.links import Network, Route
from hwmgmt.net.lldp.dcbx import Application, Dialect, Selector
from hwmgmt.net.lldp.listen import Heard, Sighting
from hwmgmt.net.status import Machine
from hwmgmt.reading import Reading, Reason, known, missing
from mailward.cli import main
from mailward.errors import ExitStatus
from tests.hwmgmt.net.fakes import (
    FCOE_ON_3,
    FakeDriver,
    FakeListen,
    detected,
    link,
    machine,
    sighting,
    switch,
)

LINKS = (link("enp94s0f0"), link("eno1", driver="ixgbe", index=3, carrier=False))
NETWORK = Network("netlink", LINKS, known((Route("default", "192.0.2.1", "eno1", 100),)))
TALKS = sighting(who=known(switch(FCOE_ON_3)))


class Stage:
    """A C695F with one fibre and one copper port; `heard` is on the air of the fibre port."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, model: Detected) -> None:
        self.patch = monkeypatch
        self.driver = FakeDriver(
            types={"enp94s0f0": PortType.FIBRE, "eno1": PortType.TWISTED_PAIR},
            flags={"enp94s0f0": {"disable-fw-lldp": True}},
        )
        monkeypatch.setattr(cli, "detect", lambda: model)
        monkeypatch.setattr(cli, "read_network", lambda: known(NETWORK))
        monkeypatch.setattr(cli, "fcoe_instances", lambda: ("host7",))
        self.hears()

    def hears(self, *heard: Sighting) -> None:
        listen = FakeListen({"enp94s0f0": known(heard)})
        edges: Machine = machine(*LINKS, driver=self.driver, listen=listen)
        self.patch.setattr(cli, "Machine", lambda: edges)
        self.patch.setattr(guard, "Machine", lambda: edges)
        self.patch.setattr(
            cli, "listen", lambda ports, seconds: listen(ports, seconds, until=lambda heard: False)
        )


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch, detected("C695F"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["hw", *words])
    return status, capsys.readouterr().out


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    status, out = run(capsys, *words, "--json")
    return status, json.loads(out)


@pytest.mark.usefixtures("stage")
def test_links_as_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = run(capsys, "links")
    assert status == ExitStatus.OK
    assert "enp94s0f0  i40e    up          10000 Mbit/s" in out
    assert "eno1       ixgbe   no carrier" in out
    assert "default gateway 192.0.2.1 through eno1, metric 100" in out
    _, found = run_json(capsys, "links")
    assert [one["name"] for one in found["links"]] == ["enp94s0f0", "eno1"]
    assert found["gateways"][0]["gateway"] == "192.0.2.1"


def test_status_names_neighbour_fcoe_and_owners(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.hears(TALKS)
    _, out = run(capsys, "lldp", "status")
    row = out.splitlines()[1]
    assert row.split("  ")[0] == "enp94s0f0"
    for words in (
        "fibre",
        "n5k-17 port Ethernet1/17",
        "announced, priority 3",
        "off",
        "nobody",
        "(unsupported)",
    ):
        assert words in row
    assert "host7" in out
    _, found = run_json(capsys, "lldp", "status", "--all")
    assert [port["port"] for port in found["ports"]] == ["enp94s0f0", "eno1"]
    assert found["ports"][0]["announces_fcoe"] is True


def test_status_without_fibre_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stage: Stage
) -> None:
    stage.driver.types = {"enp94s0f0": PortType.TWISTED_PAIR, "eno1": PortType.TWISTED_PAIR}
    assert "No port of this machine is fibre" in run(capsys, "lldp", "status")[1]


def test_listen_has_a_line_per_sender(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.hears(TALKS, sighting(Heard.FIP, source="02:00:00:00:00:09"), sighting(ours=True))
    status, out = run(capsys, "lldp", "listen")
    assert status == ExitStatus.OK
    lines = out.splitlines()
    assert "n5k-17" in lines[1] and "FIP frames" in lines[2] and "(this machine)" in lines[3]
    assert lines[4].split() == ["eno1", "(silence)"]


@pytest.mark.parametrize(
    ("heard", "status", "words"),
    [
        ((), ExitStatus.OK, "firmware"),
        ((TALKS,), ExitStatus.REJECTED, "still sends LLDP; that is set on the switch"),
        ((sighting(ours=True),), ExitStatus.FAILED, "of this machine still sends LLDP"),
    ],
)
def test_disable_tells_who_is_not_quiet(
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
    heard: Sequence[Sighting],
    status: ExitStatus,
    words: str,
) -> None:
    stage.driver.flags["enp94s0f0"]["disable-fw-lldp"] = False
    stage.hears(*heard)
    found, out = run(capsys, "lldp", "disable")
    assert (found, words in out) == (status, True)
    assert stage.driver.flags["enp94s0f0"]["disable-fw-lldp"] is True


def test_enable_is_the_way_back(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = run_json(capsys, "lldp", "enable")
    assert (status, found[0]["done"], found[0]["wanted"]) == (ExitStatus.OK, True, "on")
    assert stage.driver.flags["enp94s0f0"]["disable-fw-lldp"] is False
    stage.driver.flags["enp94s0f0"]["disable-fw-lldp"] = True
    stage.driver.stuck = True
    assert run(capsys, "lldp", "enable")[0] == ExitStatus.FAILED


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("words", [("lldp", "status"), ("lldp", "listen"), ("lldp", "disable"), ("dcb",)])
def test_a_name_that_is_no_interface(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, found = run_json(capsys, *words, "--port", "nix")
    assert (status, found["error"]) == (ExitStatus.USAGE, "hw.net.no-such-port")


def test_dcb_names_owner_and_applications(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fcoe = Application(Dialect.IEEE, Selector.ETHERTYPE, 0x8906, (3,))
    iscsi = Application(Dialect.IEEE, Selector.TCP, 3260, (4,))
    readings: dict[str, Reading[Dcb]] = {
        "enp94s0f0": known(Dcb(Owner.FIRMWARE, (Dialect.IEEE,), (fcoe, iscsi), (fcoe,))),
        "eno1": missing(Reason.UNSUPPORTED, "Operation not supported"),
    }
    monkeypatch.setattr(dcb, "read", readings.__getitem__)
    _, out = run(capsys, "dcb")
    assert "firmware" in out and "FCoE on 3, tcp 0x0cbc on 4" in out and "yes" in out
    assert "(unsupported)" in out
    _, found = run_json(capsys, "dcb", "--port", "eno1")
    assert found["eno1"]["reason"] == "unsupported"


def test_guard_blocks_and_clears(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.hears(TALKS)
    status, out = run(capsys, "guard")
    assert status == ExitStatus.REJECTED
    assert out.startswith("blocked: C695F: LLDP or FCoE is still on at the switch for enp94s0f0.")
    assert "\nenp94s0f0: n5k-17 port Ethernet1/17" in out
    assert "\n  What to do: Ask the administrator of n5k-17" in out and "no lldp transmit" in out
    stage.hears()
    status, found = run_json(capsys, "guard")
    assert (status, found["clear"], found["checked"]) == (ExitStatus.OK, True, ["enp94s0f0"])


def test_guard_in_a_hurry_wants_somebody_to_vouch(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "guard", "--seconds", "1")[0] == ExitStatus.REJECTED
    status, found = run_json(capsys, "guard", "--seconds", "1", "--confirmed", "enp94s0f0")
    assert (status, found["confirmed"]) == (ExitStatus.OK, ["enp94s0f0"])


def test_guard_of_another_model_does_not_listen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.hears(TALKS)
    monkeypatch.setattr(cli, "detect", lambda: detected("C600V"))
    status, out = run(capsys, "guard")
    assert (status, out) == (ExitStatus.OK, "clear: C600V has no fibre ports that need it.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("links",),
        ("dcb",),
        ("guard",),
        ("lldp",),
        *(("lldp", one) for one in ("status", "listen", "disable", "enable")),
    ],
)
def test_help_has_examples(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, out = run(capsys, *words, "--help")
    assert status == ExitStatus.OK
    assert words == ("lldp",) or f"mailward hw {' '.join(words)}" in out
