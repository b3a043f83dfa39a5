"""All there is to know about LLDP and FCoE per port, gathered once for `hw lldp status` and the guard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hwmgmt.models.detect import Detected
from hwmgmt.net import dcb, fwagent
from hwmgmt.net.dcb import Dcb
from hwmgmt.net.ethtool import Ethtool
from hwmgmt.net.fibre import Medium, MediumFound, PortWitness, medium_of
from hwmgmt.net.fwagent import Agent, FlagPort
from hwmgmt.net.hostagents import HostAgent, host_agents
from hwmgmt.net.links import Link, Network
from hwmgmt.net.lldp.listen import FULL_LISTEN, Heard, Hearing, Sighting, everybody_heard, listen
from hwmgmt.net.sources import read_network
from hwmgmt.reading import Reading, Reason, known, list_names, missing


@dataclass(frozen=True, slots=True)
class PortStatus:
    """One port. `host_agents` maps a program's name to whether it sends LLDP here.

    `heard` is what came within `listened` seconds, or sooner if every port had heard its neighbour.
    """

    link: Link
    medium: MediumFound
    agent: Reading[Agent]
    host_agents: Mapping[str, Reading[Agent]]
    dcb: Reading[Dcb]
    heard: Reading[tuple[Sighting, ...]]
    listened: float

    @property
    def others(self) -> tuple[Sighting, ...]:
        """What came in, without goodbyes: who still talks."""
        return tuple(one for one in self.heard.otherwise(()) if not one.ours and not one.is_goodbye)

    @property
    def neighbours(self) -> tuple[Sighting, ...]:
        return tuple(one for one in self.others if one.protocol is Heard.LLDP)

    @property
    def announces_fcoe(self) -> bool:
        """Whether FCoE was announced or heard."""
        return any(
            one.protocol is not Heard.LLDP or (one.neighbour.value and one.neighbour.value.fcoe.value)
            for one in self.others
        )


class Driver(PortWitness, FlagPort, Protocol):
    """All that is asked of ethtool."""


class Listen(Protocol):
    """`hwmgmt.net.lldp.listen.listen` with its sockets and clock in place."""

    def __call__(
        self, ports: Sequence[str], seconds: float, /, *, until: Callable[[Hearing], bool]
    ) -> Mapping[str, Reading[tuple[Sighting, ...]]]: ...


def _listen(
    ports: Sequence[str], seconds: float, /, *, until: Callable[[Hearing], bool]
) -> Mapping[str, Reading[tuple[Sighting, ...]]]:
    return listen(ports, seconds, until=until)


@dataclass(frozen=True)
class Machine:
    """The edges: everything here that does I/O, so that a test can hand in its own."""

    root: Path = Path("/")
    network: Callable[[Path], Reading[Network]] = read_network
    driver: Driver = field(default_factory=Ethtool)
    dcb: Callable[[str], Reading[Dcb]] = dcb.read
    agents: tuple[HostAgent, ...] = field(default_factory=host_agents)
    listen: Listen = _listen


def fcoe_instances(root: Path = Path("/")) -> tuple[str, ...]:
    """FCoE controllers and Fibre Channel hosts of this machine; the image is meant to have none."""
    names: list[str] = []
    for folder in ("sys/bus/fcoe/devices", "sys/class/fc_host"):
        names += list_names(root, folder).otherwise(())
    return tuple(names)


def choose(
    network: Network,
    model: Detected,
    machine: Machine,
    *,
    told: Collection[str] = (),
    every: bool = False,
) -> list[tuple[Link, MediumFound]]:
    """The ports to look at: cards that are fibre or may be, and those `told`; `every` takes copper too."""
    found = []
    for link in network.links:
        if not link.is_card and link.name not in told:
            continue
        medium = medium_of(link, machine.driver, model, told=told)
        if every or medium.medium in (Medium.FIBRE, Medium.UNKNOWN):
            found.append((link, medium))
    return found


def read_status(
    ports: Sequence[tuple[Link, MediumFound]],
    machine: Machine,
    *,
    seconds: float = FULL_LISTEN,
    until: Callable[[Hearing], bool] = everybody_heard,
) -> tuple[PortStatus, ...]:
    """The status of these ports; listens on all of them at once for up to `seconds`."""
    listening = [link.name for link, _ in ports if link.up]
    heard = machine.listen(listening, seconds, until=until) if listening else {}
    silent: Reading[tuple[Sighting, ...]] = missing(Reason.UNSUPPORTED, "the link is down: nothing to hear")
    return tuple(
        PortStatus(
            link=link,
            medium=medium,
            agent=fwagent.read(link.name, driver_or_kind(link), machine.driver),
            host_agents={one.name: one.state(link.name, link.index) for one in machine.agents},
            dcb=machine.dcb(link.name),
            heard=heard.get(link.name, silent),
            listened=seconds,
        )
        for link, medium in ports
    )


def driver_or_kind(link: Link) -> Reading[str]:
    """The driver, or for what is no card its kind: a veth has no device that a driver could be read from."""
    if link.kind and not link.driver.ok:
        return known(link.kind)
    return link.driver
