from pathlib import Path

from hwmgmt.net.ethtool import PortType
from hwmgmt.net.fibre import Medium
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.links import Network
from hwmgmt.net.lldp.listen import Heard, Sighting, everybody_heard
from hwmgmt.net.status import choose, fcoe_instances, read_status
from hwmgmt.reading import Reading, Reason, known, missing
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

DRIVER = FakeDriver(
    types={"fibre": PortType.FIBRE, "copper": PortType.TWISTED_PAIR},
    flags={"fibre": {"disable-fw-lldp": False}},
)
LINKS = (
    link("fibre"),
    link("copper"),
    link("odd"),
    link("virtual", driver="virtio_net"),
    link("va", kind="veth"),
)


def chosen(*told: str, every: bool = False) -> list[tuple[str, Medium]]:
    edges = machine(*LINKS, driver=DRIVER)
    network = Network("test", LINKS, known(()))
    return [
        (one.name, medium.medium)
        for one, medium in choose(network, detected(), edges, told=told, every=every)
    ]


def test_fibre_ports_and_those_nobody_knows_are_chosen() -> None:
    assert chosen() == [("fibre", Medium.FIBRE), ("odd", Medium.UNKNOWN)]


def test_every_card_and_what_is_named() -> None:
    assert [name for name, _ in chosen(every=True)] == ["fibre", "copper", "odd", "virtual"]
    assert ("va", Medium.FIBRE) in chosen("va")


def test_links_that_are_down_are_not_listened_on() -> None:
    up, down = link("fibre"), link("odd", up=False)
    listen = FakeListen({"fibre": known((sighting(),))})
    edges = machine(up, down, driver=DRIVER, listen=listen)
    ports = choose(Network("test", (up, down), known(())), detected(), edges)
    first, second = read_status(ports, edges, seconds=7)
    assert listen.asked == [(("fibre",), 7)]
    assert (len(first.heard.need()), first.agent, first.listened) == (1, known(Agent.ON), 7)
    assert (second.heard.reason, second.agent.reason) == (Reason.UNSUPPORTED, Reason.UNSUPPORTED)


def test_no_port_no_listening() -> None:
    listen = FakeListen()
    assert read_status([], machine(listen=listen)) == ()
    assert listen.asked == []


def test_who_announces_fcoe() -> None:
    assert port(heard=[sighting(who=known(switch(FCOE_ON_3)))]).announces_fcoe
    assert port(heard=[sighting(Heard.FIP)]).announces_fcoe
    assert not port(heard=[sighting()]).announces_fcoe
    assert not port(heard=[sighting(who=missing(Reason.MALFORMED, "?"))]).announces_fcoe
    ours = sighting(who=known(switch(FCOE_ON_3)), ours=True)
    assert not port(heard=[ours]).announces_fcoe
    assert port(heard=[ours]).neighbours == ()


def test_everybody_heard() -> None:
    heard: dict[str, Reading[tuple[Sighting, ...]]] = {"a": known((sighting(),)), "b": known(())}
    assert not everybody_heard(heard)
    assert not everybody_heard({"a": known((sighting(ours=True),))})
    assert not everybody_heard({"a": known((sighting(Heard.FIP),))})
    assert everybody_heard({"a": known((sighting(),)), "b": missing(Reason.DENIED, "no")})


def test_fcoe_instances_of_this_machine(tmp_path: Path) -> None:
    assert fcoe_instances(tmp_path) == ()
    for place in ("sys/bus/fcoe/devices/ctlr_0", "sys/class/fc_host/host7"):
        (tmp_path / place).mkdir(parents=True)
    assert fcoe_instances(tmp_path) == ("ctlr_0", "host7")
