from dataclasses import dataclass, field, replace

import pytest

from hwmgmt.net.fibre import Medium, MediumFound
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.links import Link, Network
from hwmgmt.net.lldp.listen import Heard, Sighting
from hwmgmt.net.quiet import RETURN_DEADLINE, switch_ports
from hwmgmt.net.status import Machine
from hwmgmt.reading import Reading, Reason, known, missing
from tests.hwmgmt.net.fakes import FakeDriver, FakeListen, link, machine, sighting, switch

PORTS = [(link(), MediumFound(Medium.FIBRE, "a test"))]
NAME = "enp94s0f0"


@dataclass
class FakeAgent:
    """A program that sends LLDP."""

    current: Agent = Agent.ON
    name: str = "lldpd"
    obeys: bool = True
    switched: list[bool] = field(default_factory=list)

    def state(self, port: str, index: int, /) -> Reading[Agent]:
        return known(self.current)

    def switch(self, port: str, index: int, /, *, on: bool) -> Reading[Agent]:
        self.switched.append(on)
        if self.obeys:
            self.current = Agent.ON if on else Agent.OFF
        return known(self.current)


def edges(*heard: Sighting, flag: bool = False, agent: FakeAgent | None = None) -> Machine:
    driver = FakeDriver(flags={NAME: {"disable-fw-lldp": flag}})
    found = machine(link(), driver=driver, listen=FakeListen({NAME: known(heard)}))
    return replace(found, agents=(agent,) if agent else ())


def test_firmware_and_programs_are_silenced_and_silence_is_verified() -> None:
    agent = FakeAgent()
    (port,) = switch_ports(PORTS, edges(agent=agent), on=False, seconds=2)
    assert port.done and not port.talks
    assert [(one.agent, one.before, one.after) for one in port.switched] == [
        ("firmware", known(Agent.ON), known(Agent.OFF)),
        ("lldpd", known(Agent.ON), known(Agent.OFF)),
    ]
    assert port.heard == known(())


def test_what_is_quiet_is_left_alone() -> None:
    agent = FakeAgent(Agent.NONE)
    (port,) = switch_ports(PORTS, edges(flag=True, agent=agent), on=False, seconds=2)
    assert port.done
    assert agent.switched == []
    assert not any(one.changed for one in port.switched)


def test_a_switch_that_still_talks_is_not_this_machines_failure() -> None:
    (port,) = switch_ports(PORTS, edges(sighting()), on=False, seconds=2)
    assert port.done
    assert port.talks == (sighting(),)


def test_frames_that_this_machine_still_sends_are_found_out() -> None:
    (port,) = switch_ports(PORTS, edges(sighting(ours=True)), on=False, seconds=2)
    assert not port.done
    assert port.sends and not port.talks


def test_a_program_that_does_not_obey_is_found_out() -> None:
    (port,) = switch_ports(PORTS, edges(agent=FakeAgent(obeys=False)), on=False, seconds=2)
    assert not port.done


def test_a_card_that_refuses_is_reported_and_not_raised() -> None:
    driver = FakeDriver(flags={NAME: {"disable-fw-lldp": False}}, refuses="Operation not permitted")
    (port,) = switch_ports(PORTS, machine(link(), driver=driver), on=False, seconds=2)
    assert not port.done
    assert "Operation not permitted" in port.switched[0].after.detail


def test_an_agent_out_of_reach_keeps_its_reason() -> None:
    ports = [(link(driver="enic"), PORTS[0][1])]
    (port,) = switch_ports(ports, machine(*(one for one, _ in ports)), on=False, seconds=2)
    assert not port.done
    assert port.switched[0].after.reason is Reason.UNSUPPORTED


def test_enabling_is_the_way_back() -> None:
    agent = FakeAgent(Agent.OFF)
    (port,) = switch_ports(PORTS, edges(flag=True, agent=agent), on=True, seconds=0)
    assert port.done
    assert [one.after for one in port.switched] == [known(Agent.ON), known(Agent.ON)]
    assert port.heard.detail == "not listened on"


def test_a_program_that_does_not_run_is_not_started() -> None:
    agent = FakeAgent(Agent.NONE)
    (port,) = switch_ports(PORTS, edges(agent=agent), on=True, seconds=0)
    assert port.done
    assert agent.switched == []


@dataclass
class Time:
    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("returns_after", "waited"), [(2.0, 2.0), (1e9, RETURN_DEADLINE)])
def test_a_card_that_resets_itself_is_waited_for(returns_after: float, waited: float) -> None:
    time = Time()

    def network(root: object) -> Reading[Network]:
        back: Link = link(carrier=time.now >= returns_after)
        return known(Network("test", (back,), known(())))

    found = replace(edges(), network=network)
    switch_ports(PORTS, found, on=False, seconds=2, clock=time.clock, sleep=time.sleep)
    assert time.now == pytest.approx(waited, abs=0.3)


def test_nothing_changed_nothing_waited_for() -> None:
    time = Time()
    no_network: Reading[Network] = missing(Reason.DENIED, "no")
    found = replace(edges(flag=True), network=lambda root: no_network)
    switch_ports(PORTS, found, on=False, seconds=2, clock=time.clock, sleep=time.sleep)
    assert time.now == 0


def test_a_goodbye_of_ours_is_the_end_and_not_talk() -> None:
    goodbye = sighting(Heard.LLDP, who=known(switch(ttl=0)), ours=True)
    (port,) = switch_ports(PORTS, edges(goodbye), on=False, seconds=2)
    assert port.done
