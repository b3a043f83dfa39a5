from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.net.dcb import Dcb, Owner
from hwmgmt.net.ethtool import PortType
from hwmgmt.net.fibre import Medium
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.guard import Cause, Outcome, SwitchStillTalks, Verdict, applies, check, decide
from hwmgmt.net.links import Network
from hwmgmt.net.lldp.dcbx import Application, Dialect, Selector
from hwmgmt.net.lldp.listen import Heard, Sighting
from hwmgmt.net.status import PortStatus
from hwmgmt.reading import Reading, Reason, known, missing
from mailward.errors import ExitStatus
from tests.hwmgmt.net.fakes import (
    FCOE_ON_3,
    FakeDriver,
    FakeListen,
    detected,
    link,
    machine,
    port,
    sighting,
    switch,
)

C695F = detected("C695F")
TALKS = sighting(who=known(switch(FCOE_ON_3)))
FCOE = Application(Dialect.IEEE, Selector.ETHERTYPE, 0x8906, (3,))


def causes(verdict: Verdict) -> list[Cause]:
    return [finding.cause for finding in verdict.findings]


# -- whom it is about ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["C190", "C195", "C390", "C395", "C690", "C100V", "C300V", "C600V"])
def test_other_models_are_clear_without_a_look(model: str) -> None:
    assert not applies(detected(model))
    verdict = decide(detected(model), [port(heard=[TALKS])])
    assert verdict.clear and verdict.findings == ()


@pytest.mark.parametrize("candidates", [("C695",), ("C695F",), ("C695", "C695F"), ("C395", "C695"), ()])
def test_the_guarded_models_and_what_may_be_one(candidates: Sequence[str]) -> None:
    assert applies(detected(*candidates))
    assert decide(detected(*candidates), [port(heard=[TALKS])]).outcome is Outcome.BLOCKED


def test_a_guarded_model_without_fibre_ports_is_clear() -> None:
    assert decide(detected("C695"), []).because == "C695: no port of it is fibre"


# -- what is heard ------------------------------------------------------------------------------------------


def test_silence_on_a_port_that_can_hear_is_clear() -> None:
    verdict = decide(C695F, [port()])
    assert (verdict.clear, verdict.because, verdict.checked) == (
        True,
        "C695F: its fibre ports are quiet",
        ("enp94s0f0",),
    )
    verdict.require()


def test_a_switch_that_talks_is_named_with_its_port_and_what_to_ask() -> None:
    verdict = decide(C695F, [port(heard=[TALKS])])
    (finding,) = verdict.findings
    assert verdict.because == "C695F: LLDP or FCoE is still on at the switch for enp94s0f0"
    assert finding.what == (
        "n5k-17 port Ethernet1/17 (chassis 00:05:9b:71:61:c0) still talks LLDP and announces FCoE"
    )
    assert finding.remedy.startswith("Ask the administrator of n5k-17 to turn LLDP off on Ethernet1/17")
    assert finding.neighbour == switch(FCOE_ON_3)
    with pytest.raises(SwitchStillTalks, match="no reboot or upgrade yet: C695F") as caught:
        verdict.require()
    assert caught.value.exit_status is ExitStatus.REJECTED
    assert "n5k-17" in caught.value.hint()


def test_lldp_without_fcoe_blocks_all_the_same() -> None:
    (finding,) = decide(C695F, [port(heard=[sighting()])]).findings
    assert finding.what.endswith("still talks LLDP")


def test_what_was_heard_cannot_be_vouched_for() -> None:
    assert not decide(C695F, [port(heard=[TALKS])], confirmed=["enp94s0f0"]).clear


def test_a_malformed_frame_is_a_switch_that_talks() -> None:
    one = sighting(who=missing(Reason.MALFORMED, "TLV 5 passes the end"))
    (finding,) = decide(C695F, [port(heard=[one])]).findings
    assert finding.cause is Cause.LLDP
    assert "00:05:9b:71:61:c8" in finding.what


@pytest.mark.parametrize("protocol", [Heard.FIP, Heard.FCOE])
def test_fcoe_frames_block(protocol: Heard) -> None:
    (finding,) = decide(C695F, [port(heard=[sighting(protocol)])]).findings
    assert (finding.cause, protocol.upper() in finding.what) == (Cause.FCOE, True)


def test_a_goodbye_is_no_talk() -> None:
    assert decide(C695F, [port(heard=[sighting(who=known(switch(ttl=0)))])]).clear


def test_what_this_machine_sends_is_a_note() -> None:
    verdict = decide(C695F, [port(heard=[sighting(ours=True)])])
    assert verdict.clear
    assert "this machine sends LLDP on enp94s0f0" in verdict.notes[0]


def test_each_port_that_blocks_is_named() -> None:
    ports = [port(on=link(name), heard=heard) for name, heard in (("a", [TALKS]), ("b", []), ("c", [TALKS]))]
    verdict = decide(C695F, ports)
    assert [finding.port for finding in verdict.findings] == ["a", "c"]
    assert verdict.checked == ("a", "b", "c")
    assert "for a, c" in verdict.because


# -- what is not known --------------------------------------------------------------------------------------

UNKNOWN: list[tuple[str, PortStatus]] = [
    ("the agent in the card is on", port(agent=known(Agent.ON))),
    ("swallows LLDP is not known", port(agent=missing(Reason.UNSUPPORTED, "never seen"))),
    ("could not be listened on", port(heard=missing(Reason.DENIED, "Operation not permitted"))),
    ("DCB state could not be read", port(dcb=missing(Reason.TIMEOUT, "3 s"))),
    ("the interface is down", port(on=link(up=False))),
    ("nothing was heard in 5 s", port(listened=5)),
]


@pytest.mark.parametrize("status", [status for _, status in UNKNOWN], ids=[name for name, _ in UNKNOWN])
def test_what_is_not_known_blocks_until_somebody_vouches(status: PortStatus) -> None:
    verdict = decide(C695F, [status])
    assert not verdict.clear
    assert verdict.because == "C695F: enp94s0f0 may not be quiet"
    assert all(finding.confirmable and finding.remedy and finding.what for finding in verdict.findings)
    vouched = decide(C695F, [status], confirmed=["enp94s0f0"])
    assert vouched.clear
    assert vouched.confirmed == ("enp94s0f0",)
    assert not decide(C695F, [status], confirmed=["enp94s0f1"]).clear


def test_an_agent_that_is_on_names_the_command() -> None:
    (finding,) = decide(C695F, [port(agent=known(Agent.ON))]).findings
    assert finding.cause is Cause.FIRMWARE_AGENT
    assert "mailward hw lldp disable --port enp94s0f0" in finding.remedy


def test_firmware_that_negotiated_fcoe_is_as_good_as_heard() -> None:
    status = port(dcb=known(Dcb(Owner.FIRMWARE, (Dialect.IEEE,), (FCOE,), ())))
    verdict = decide(C695F, [status], confirmed=["enp94s0f0"])
    assert causes(verdict) == [Cause.FCOE]
    host = known(Dcb(Owner.HOST, (Dialect.IEEE,), (FCOE,), ()))
    assert decide(C695F, [port(dcb=host)]).clear


def test_a_port_without_a_cable_is_clear_and_noted() -> None:
    verdict = decide(C695F, [port(on=link(carrier=False), agent=known(Agent.ON))])
    assert verdict.clear
    assert "nothing is plugged in" in verdict.notes[0]


def test_a_port_whose_medium_nobody_knows_is_taken_for_fibre() -> None:
    verdict = decide(C695F, [port(medium=Medium.UNKNOWN)])
    assert "taken for fibre" in verdict.notes[0]


def test_ports_that_talk_and_ports_nobody_knows_of_are_kept_apart() -> None:
    ports = [port(on=link("a"), heard=[TALKS]), port(on=link("b", up=False))]
    because = "C695F: LLDP or FCoE is still on at the switch for a, and b may not be quiet"
    assert decide(C695F, ports).because == because


def test_a_heard_switch_is_not_buried_under_what_is_unknown() -> None:
    status = port(heard=[TALKS], agent=missing(Reason.UNSUPPORTED, "?"), listened=1)
    assert causes(decide(C695F, [status])) == [Cause.LLDP]


readings: st.SearchStrategy[Reading[Agent]] = st.sampled_from(
    [known(Agent.ON), known(Agent.OFF), known(Agent.NONE), missing(Reason.UNSUPPORTED, "?")]
)
hearing: st.SearchStrategy[Reading[tuple[Sighting, ...]]] = st.sampled_from(
    [known(()), known((TALKS,)), known((sighting(Heard.FIP),)), missing(Reason.DENIED, "no")]
)
statuses = st.builds(
    lambda agent, heard, up, carrier, listened: port(
        on=link(up=up, carrier=carrier), agent=agent, heard=heard, listened=listened
    ),
    readings,
    hearing,
    st.booleans(),
    st.sampled_from([True, None]),
    st.sampled_from([1.0, 35.0]),
)


@given(st.lists(statuses, min_size=1, max_size=3))
def test_clear_means_every_port_could_hear_and_heard_nothing(ports: list[PortStatus]) -> None:
    quiet = all(
        one.link.up
        and one.agent.value in (Agent.OFF, Agent.NONE)
        and one.heard.value == ()
        and one.listened == 35.0
        for one in ports
    )
    assert decide(C695F, ports).clear is quiet


# -- gathering ----------------------------------------------------------------------------------------------

FIBRE = FakeDriver(
    types={"enp94s0f0": PortType.FIBRE, "enp94s0f1": PortType.FIBRE, "eno1": PortType.TWISTED_PAIR},
    flags={name: {"disable-fw-lldp": True} for name in ("enp94s0f0", "enp94s0f1")},
)
LINKS = (link("enp94s0f0"), link("enp94s0f1", index=3), link("eno1", driver="ixgbe", index=4))


def test_check_listens_on_the_fibre_ports_of_a_guarded_model() -> None:
    listen = FakeListen({"enp94s0f1": known((TALKS,))})
    verdict = check(C695F, machine(*LINKS, driver=FIBRE, listen=listen))
    assert listen.asked == [(("enp94s0f0", "enp94s0f1"), 35.0)]
    assert [finding.port for finding in verdict.findings] == ["enp94s0f1"]
    assert check(C695F, machine(*LINKS, driver=FIBRE, listen=FakeListen())).clear


def test_check_of_another_model_touches_nothing() -> None:
    listen = FakeListen()
    assert check(detected("C600V"), machine(*LINKS, listen=listen)).clear
    assert listen.asked == []


def test_a_port_that_is_told_to_be_fibre_is_listened_on_too() -> None:
    listen = FakeListen({"eno1": known((TALKS,))})
    verdict = check(C695F, machine(*LINKS, driver=FIBRE, listen=listen), told=["eno1"])
    assert [finding.port for finding in verdict.findings] == ["eno1"]


def test_a_name_that_is_no_interface_blocks() -> None:
    verdict = check(C695F, machine(*LINKS, driver=FIBRE), told=["enp94s0f9"])
    assert verdict.because == "no interface enp94s0f9"


def test_links_that_cannot_be_listed_block() -> None:
    denied: Reading[Network] = missing(Reason.DENIED, "rtnetlink")
    verdict = check(C695F, machine(network=denied))
    assert not verdict.clear
    assert "could not be listed (denied: rtnetlink)" in verdict.because


def test_a_short_listen_is_not_enough() -> None:
    edges = machine(*LINKS, driver=FIBRE)
    assert not check(C695F, edges, seconds=5).clear
    assert check(C695F, edges, seconds=5, enough=5).clear
