"""Against real agents: lldpd and lldpad at the other end of a veth cable, in namespaces of their own."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hwmgmt.net import dcb, guard
from hwmgmt.net.ethtool import Ethtool, PortType
from hwmgmt.net.fibre import Medium, MediumFound
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.hostagents import Lldpad, Lldpd
from hwmgmt.net.lldp.dcbx import Dialect
from hwmgmt.net.lldp.listen import ALL_ENODES, Heard, everybody_heard, listen
from hwmgmt.net.lldp.tlv import NEAREST_BRIDGE, NEAREST_CUSTOMER, Frame
from hwmgmt.net.quiet import switch_ports
from hwmgmt.net.sources import from_netlink, from_psutil
from hwmgmt.net.status import Machine
from hwmgmt.reading import Reason, known
from tests.hwmgmt.net.fakes import detected
from tests.hwmgmt.net.lldp import vectors
from tests.hwmgmt.net.namespaces import Lab, call, inside, lab, need, start_lldpd, wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]

SWITCH = bytes.fromhex("02059b7161c8")
#: IEEE application priority as lldpcli takes it: reserved octet, priority 3 selector 1, 0x8906.
FCOE = "oui 00,80,c2 subtype 12 oui-info 00,61,89,06"
C695F = detected("C695F")


@pytest.fixture
def cable() -> Iterator[Lab]:
    with lab(("port0", "port1")) as found:
        yield found


def edges() -> Machine:
    """The real edges, for a thread inside the appliance's namespace; agents of the host are not its own."""
    return replace(Machine(), agents=())


def test_frames_of_every_kind_on_two_ports(cable: Lab) -> None:
    frames = [
        Frame(NEAREST_BRIDGE, SWITCH, None, 0x88CC, vectors.A_UNIT),
        Frame(NEAREST_BRIDGE, SWITCH, 0xE009, 0x88CC, vectors.A_UNIT),
        Frame(NEAREST_CUSTOMER, SWITCH[:5] + b"\1", 0x6000, 0x88CC, vectors.B_UNIT),
        Frame(ALL_ENODES, SWITCH, 0x6002, 0x8914, bytes(60)),
        Frame(b"\x0e\xfc\0\0\0\1", SWITCH, None, 0x8906, bytes(60)),
        Frame(NEAREST_BRIDGE, SWITCH, None, 0x0800, bytes(60)),
    ]
    with cable.wire("port0") as send:
        later = threading.Timer(0.3, lambda: [send(frame) for frame in frames])
        later.start()
        with inside(cable.appliance):
            heard = listen(["port0", "port1", "nix"], 1.0)
        later.join()
    found = {(one.protocol, one.source): one for one in heard["port0"].need()}
    first = found[Heard.LLDP, "02:05:9b:71:61:c8"]
    assert (first.frames, first.vlan, first.priority) == (2, 9, 7)
    assert first.neighbour.need().fcoe == known(True)
    second = found[Heard.LLDP, "02:05:9b:71:61:01"]
    assert (second.vlan, second.priority, second.neighbour.need().fcoe) == (0, 3, known(False))
    assert (found[Heard.FIP, first.source].vlan, found[Heard.FIP, first.source].priority) == (2, 3)
    assert (Heard.FCOE, first.source) in found
    assert heard["port1"] == known(())
    assert heard["nix"].reason is Reason.ABSENT


def test_a_link_taken_down_meanwhile(cable: Lab) -> None:
    later = threading.Timer(0.3, lambda: call("ip", "-n", cable.appliance, "link", "set", "port0", "down"))
    later.start()
    started = time.monotonic()
    with inside(cable.appliance):
        heard = listen(["port0"], 20)
    later.join()
    assert heard["port0"].reason is Reason.ABSENT
    assert time.monotonic() - started < 10


def test_a_real_lldpd_that_announces_fcoe_blocks_the_guard(cable: Lab) -> None:
    start_lldpd(cable, cable.switch, FCOE)
    with inside(cable.appliance):
        verdict = guard.check(C695F, edges(), seconds=20, told=["port0"])
    (finding,) = verdict.findings
    assert finding.cause is guard.Cause.LLDP
    assert finding.neighbour is not None
    assert (finding.neighbour.system_name, finding.neighbour.port_description) == ("test-switch", "port0")
    assert (finding.neighbour.fcoe_priorities, finding.neighbour.dcbx) == ((3,), (Dialect.IEEE,))
    assert "test-switch" in finding.remedy


def test_the_guard_clears_once_the_switch_is_quiet(cable: Lab) -> None:
    control = start_lldpd(cable, cable.switch)
    with inside(cable.appliance):
        assert not guard.check(C695F, edges(), seconds=20, told=["port0"]).clear
    call("lldpcli", "-u", control, "configure", "ports", "port0", "lldp", "status", "disabled")
    with inside(cable.appliance):
        assert guard.check(C695F, edges(), seconds=3, enough=3, told=["port0"]).clear


def test_a_real_lldpad_is_heard(cable: Lab) -> None:
    """It cannot announce FCoE here: without DCB in the driver lldptool says "Device not capable"."""
    start_lldpad(cable, cable.switch)
    for words in (
        ("-L", "-i", "port0", "adminStatus=rxtx"),
        ("-T", "-i", "port0", "-V", "sysName", "enableTx=yes"),
    ):
        call("ip", "netns", "exec", cable.switch, "lldptool", *words)
    with inside(cable.appliance):
        heard = listen(["port0"], 35, until=everybody_heard)
    (one,) = heard["port0"].need()
    assert one.neighbour.need().ttl == 120
    assert one.neighbour.need().fcoe == known(False)
    assert len(one.neighbour.need().chassis.split(":")) == 6
    assert one.neighbour.need().system_name
    app = ("lldptool", "-T", "-i", "port0", "-V", "APP", "app=3,1,0x8906")
    refused = subprocess.run(
        ["ip", "netns", "exec", cable.switch, *app], capture_output=True, text=True, timeout=10, check=False
    )
    assert "not capable" in refused.stdout + refused.stderr


def start_lldpad(cable: Lab, namespace: str) -> None:
    need("lldpad", "lldptool")
    config = cable.folder / "lldpad.conf"
    config.touch()
    # It keeps state in System V shared memory, where the next run would find it.
    cable.start(namespace, "unshare", "--ipc", "lldpad", "-p", "-f", str(config))
    assert wait_for(lambda: lldptool_answers(namespace)), "lldpad does not answer"


def lldptool_answers(namespace: str) -> bool:
    words = ["ip", "netns", "exec", namespace, "lldptool", "-l", "-i", "port0", "adminStatus"]
    return subprocess.run(words, capture_output=True, timeout=10, check=False).returncode == 0


# -- making this machine quiet ------------------------------------------------------------------------------


def test_an_lldpd_of_ours_is_silenced_and_lets_go_again(cable: Lab) -> None:
    agent = Lldpd(socket=start_lldpd(cable, cable.appliance))
    machine = replace(Machine(), agents=(agent,))
    with inside(cable.appliance):
        before = listen(["port0"], 10, until=lambda heard: bool(heard["port0"].otherwise(())))
        assert [one.ours for one in before["port0"].need()] == [True]
        network = machine.network(machine.root).need()
        ports = [(link, MediumFound(Medium.FIBRE, "told")) for link in network.links if link.name == "port0"]
        (port,) = switch_ports(ports, machine, on=False, seconds=2.5)
        assert port.done, port
        assert [(one.before.value, one.after.value) for one in port.switched] == [
            (Agent.NONE, Agent.NONE),
            (Agent.ON, Agent.OFF),
        ]
        assert port.sends == ()
        (port,) = switch_ports(ports, machine, on=True, seconds=0)
        assert port.done
        after = listen(["port0"], 10, until=lambda heard: bool(heard["port0"].otherwise(())))
        assert [one.ours for one in after["port0"].need()] == [True]


def test_an_lldpad_of_ours_is_silenced(cable: Lab) -> None:
    start_lldpad(cable, cable.appliance)
    agent = Lldpad()
    with inside(cable.appliance):
        assert agent.switch("port0", 2, on=True) == known(Agent.ON)
        assert agent.switch("port0", 2, on=False) == known(Agent.OFF)
        assert agent.state("port0", 2).detail == "lldpad: rx"


# -- drivers ------------------------------------------------------------------------------------------------


def test_a_veth_has_neither_private_flags_nor_dcb(cable: Lab) -> None:
    with inside(cable.appliance):
        ethtool = Ethtool()
        assert ethtool.port_type("port0") == known(PortType.TWISTED_PAIR)
        flags = ethtool.private_flags("port0")
        assert (flags.reason, flags.detail) == (Reason.UNSUPPORTED, "Operation not supported")
        assert ethtool.set_private_flag("port0", "disable-fw-lldp", True).reason is Reason.UNSUPPORTED
        assert ethtool.private_flags("nix").detail == "No such device (no device matches name)"
        assert ethtool.module("port0").reason is Reason.UNSUPPORTED
        assert dcb.read("port0").reason is Reason.UNSUPPORTED
        assert dcb.read("nix").reason is Reason.ABSENT


def test_netlink_and_psutil_agree(cable: Lab) -> None:
    call("ip", "-n", cable.appliance, "address", "add", "192.0.2.10/24", "dev", "port0")
    call("ip", "-n", cable.appliance, "route", "add", "default", "via", "192.0.2.1", "metric", "50")
    with inside(cable.appliance):
        network, other = from_netlink(Path("/")).need(), from_psutil(Path("/")).need()
    assert {one.name: set(one.addresses) for one in network.links} == {
        one.name: set(one.addresses) for one in other.links
    }
    (gateway,) = network.gateways
    assert (gateway.gateway, gateway.port, gateway.metric) == ("192.0.2.1", "port0", 50)


# -- the command --------------------------------------------------------------------------------------------


def document(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_the_command_tells_a_quiet_machine_from_a_switch_that_talks(cable: Lab) -> None:
    start_lldpd(cable, cable.switch, FCOE)
    done = cable.mailward("hw", "lldp", "status", "--port", "port0", "--seconds", "20", "--json")
    assert done.returncode == 0, done.stderr
    (port,) = document(done)["ports"]
    assert (port["port"], port["announces_fcoe"], port["firmware_agent"]["value"]) == ("port0", True, "none")
    done = cable.mailward("hw", "lldp", "disable", "--port", "port0", "--seconds", "3", "--json")
    (port,) = document(done)
    assert (done.returncode, port["done"], port["switch_still_talks"]) == (3, True, True), done
    done = cable.mailward("hw", "lldp", "listen", "--port", "port0", "--seconds", "2")
    assert "test-switch port" in done.stdout
    done = cable.mailward("hw", "lldp", "disable", "--port", "port1", "--seconds", "0", "--json")
    assert (done.returncode, document(done)[0]["done"]) == (0, True)


def test_the_guard_command_of_a_c695f(cable: Lab) -> None:
    start_lldpd(cable, cable.switch, FCOE)
    done = cable.mailward("hw", "guard", "--fibre", "port0", "--seconds", "20", model="C695F")
    assert done.returncode == 3, done
    assert done.stdout.startswith("blocked: C695F: LLDP or FCoE is still on at the switch for port0.")
    assert "Ask the administrator of test-switch to turn LLDP off" in done.stdout
    done = cable.mailward("hw", "guard", "--json", model="C300V")
    assert (done.returncode, document(done)["clear"]) == (0, True)


def test_a_name_that_is_no_interface_is_bad_input(cable: Lab) -> None:
    done = cable.mailward("hw", "lldp", "listen", "--port", "nix", "--json")
    assert (done.returncode, document(done)["error"]) == (2, "hw.net.no-such-port")
