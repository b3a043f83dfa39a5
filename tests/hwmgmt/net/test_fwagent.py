import pytest

from hwmgmt.net.fwagent import FLAGS, Agent, NotSwitched, read, switch
from hwmgmt.reading import Reason, known, missing
from tests.hwmgmt.net.fakes import FakeDriver

PORT = "enp94s0f0"
I40E, ICE = known("i40e"), known("ice")


@pytest.mark.parametrize(
    ("driver", "flag", "value", "agent"),
    [
        ("i40e", "disable-fw-lldp", True, Agent.OFF),
        ("i40e", "disable-fw-lldp", False, Agent.ON),
        ("ice", "fw-lldp-agent", True, Agent.ON),
        ("ice", "fw-lldp-agent", False, Agent.OFF),
        ("ice", "enable-fw-lldp", True, Agent.ON),
        ("ice", "disable-fw-lldp", True, Agent.OFF),
    ],
)
def test_the_flags_have_opposite_senses(driver: str, flag: str, value: bool, agent: Agent) -> None:
    ethtool = FakeDriver(flags={PORT: {"MFP": True, flag: value}})
    assert read(PORT, known(driver), ethtool) == known(agent)


@pytest.mark.parametrize("driver", ["virtio_net", "ixgbe", "veth", "vmxnet3"])
def test_cards_without_an_agent(driver: str) -> None:
    assert read(PORT, known(driver), FakeDriver()) == known(Agent.NONE)


@pytest.mark.parametrize(
    ("driver", "why"),
    [
        ("enic", "CIMC"),
        ("mlx5_core", "mstconfig"),
        ("never_seen", "is not known"),
        ("i40e", "Operation not supported"),
    ],
)
def test_what_cannot_be_told_is_said_and_not_taken_for_off(driver: str, why: str) -> None:
    found = read(PORT, known(driver), FakeDriver())
    assert found.reason is Reason.UNSUPPORTED
    assert why in found.detail


def test_a_driver_too_old_for_the_flag() -> None:
    found = read(PORT, I40E, FakeDriver(flags={PORT: {"MFP": True}}))
    assert (found.reason, "too old" in found.detail) == (Reason.UNSUPPORTED, True)


def test_an_unknown_driver_keeps_its_reason() -> None:
    assert read(PORT, missing(Reason.DENIED, "sysfs"), FakeDriver()).reason is Reason.DENIED


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize(("driver", "flag"), [(d, f.name) for d, flags in FLAGS.items() for f in flags])
def test_switching_and_reading_back(driver: str, flag: str, on: bool) -> None:
    for start in (True, False):
        ethtool = FakeDriver(flags={PORT: {flag: start, "other": start}})
        assert switch(PORT, known(driver), ethtool, on=on) == known(Agent.ON if on else Agent.OFF)
        assert ethtool.flags[PORT]["other"] is start


def test_a_card_that_refuses_says_why_and_what_to_do() -> None:
    ethtool = FakeDriver(flags={PORT: {"disable-fw-lldp": False}}, refuses="Operation not permitted (NPAR)")
    with pytest.raises(NotSwitched, match=r"is not off: Operation not permitted \(NPAR\)") as caught:
        switch(PORT, I40E, ethtool, on=False)
    assert "firmware" in caught.value.hint()


def test_a_card_that_accepts_and_does_nothing_is_found_out() -> None:
    ethtool = FakeDriver(flags={PORT: {"fw-lldp-agent": True}}, stuck=True)
    with pytest.raises(NotSwitched, match="is not off"):
        switch(PORT, ICE, ethtool, on=False)


def test_an_agent_out_of_reach_is_not_taken_for_switched() -> None:
    with pytest.raises(NotSwitched, match="CIMC"):
        switch(PORT, known("enic"), FakeDriver(), on=False)
    assert switch(PORT, known("ixgbe"), FakeDriver(), on=False) == known(Agent.NONE)
