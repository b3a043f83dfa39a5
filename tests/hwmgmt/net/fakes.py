"""Edges made of memory: a kernel that answers netlink from a script, a driver, links, sightings."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hwmgmt.models.detect import Detected, Support, SupportLevel
from hwmgmt.net.dcb import Dcb
from hwmgmt.net.ethtool import PortType
from hwmgmt.net.fibre import Medium, MediumFound
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.links import Link, Network
from hwmgmt.net.lldp import dcbx
from hwmgmt.net.lldp.listen import Heard, Hearing, Sighting
from hwmgmt.net.lldp.neighbour import Neighbour, neighbour
from hwmgmt.net.lldp.tlv import Lldpdu
from hwmgmt.net.status import Machine, PortStatus
from hwmgmt.reading import Reading, Reason, known, missing

# -- netlink ------------------------------------------------------------------------------------------------


def attr(kind: int, payload: bytes) -> bytes:
    """A netlink attribute by hand: length, type, payload, padding to four."""
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + bytes(-length % 4)


def message(kind: int, body: bytes, *, sequence: int = 1, flags: int = 0) -> bytes:
    """A netlink message by hand."""
    return struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body


def error(code: int, *, sequence: int = 1, words: str = "") -> bytes:
    """An NLMSG_ERROR; 0 is the acknowledgement."""
    body = struct.pack("=i", -code) + bytes(16)
    tlv = attr(1, words.encode() + b"\0") if words else b""
    return message(2, body + tlv, sequence=sequence, flags=0x300 if words else 0x100)


ETHTOOL = 0x15
#: CTRL_CMD_NEWFAMILY with the family's number.
FAMILY = message(0x10, b"\x01\x02\0\0" + attr(2, b"ethtool\0") + attr(1, struct.pack("=H", ETHTOOL)))


@dataclass
class FakeKernel:
    """Answers each request with what `script` says; an empty answer is silence until the deadline."""

    script: Callable[[bytes], Sequence[bytes]]
    sent: list[bytes] = field(default_factory=list)
    waiting: list[bytes] = field(default_factory=list)
    closed: int = 0

    def __call__(self, protocol: int) -> FakeKernel:
        self.waiting = []
        return self

    def settimeout(self, seconds: float | None, /) -> None: ...

    def send(self, data: bytes, /) -> int:
        self.sent.append(data)
        self.waiting = list(self.script(data))
        return len(data)

    def recv(self, size: int, /) -> bytes:
        if not self.waiting:
            raise TimeoutError("timed out")
        return self.waiting.pop(0)

    def close(self) -> None:
        self.closed += 1


def kind_of(request: bytes) -> int:
    return int(struct.unpack_from("=H", request, 4)[0])


def command_of(request: bytes) -> int:
    """The generic netlink command."""
    return request[16]


# -- drivers, links, models ---------------------------------------------------------------------------------


@dataclass
class FakeDriver:
    """Port types and private flags by port; `stuck` flags accept a change and do not make it."""

    types: Mapping[str, PortType] = field(default_factory=dict)
    flags: dict[str, dict[str, bool]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stuck: bool = False
    refuses: str = ""

    def port_type(self, port: str, /) -> Reading[PortType]:
        return known(self.types[port]) if port in self.types else missing(Reason.UNSUPPORTED, "not supported")

    def link_modes(self, port: str, /) -> Reading[tuple[str, ...]]:
        return known(self.modes.get(port, ()))

    def module(self, port: str, /) -> Reading[str]:
        return known(self.modules[port]) if port in self.modules else missing(Reason.UNSUPPORTED, "no module")

    def private_flags(self, port: str, /) -> Reading[dict[str, bool]]:
        if port not in self.flags:
            return missing(Reason.UNSUPPORTED, "Operation not supported")
        return known(dict(self.flags[port]))

    def set_private_flag(self, port: str, name: str, value: bool, /) -> Reading[bool]:
        if self.refuses:
            return missing(Reason.UNSUPPORTED, self.refuses)
        if not self.stuck:
            self.flags[port][name] = value
        return known(self.flags[port][name])


def link(
    name: str = "enp94s0f0",
    *,
    driver: str = "i40e",
    kind: str = "",
    up: bool = True,
    carrier: bool | None = True,
    index: int = 2,
) -> Link:
    state: Reading[bool] = missing(Reason.UNSUPPORTED, "down") if carrier is None else known(carrier)
    return Link(
        name=name,
        index=index,
        kind=kind,
        up=up,
        carrier=state if up else missing(Reason.UNSUPPORTED, "the link is down"),
        mtu=1500,
        mac="02:00:00:00:00:01",
        driver=known(driver) if driver else missing(Reason.ABSENT, "no driver"),
        speed=known(10000, "Mbit/s"),
        master="",
    )


def detected(*candidates: str) -> Detected:
    return Detected(
        model=None,
        candidates=candidates,
        level=SupportLevel.VENDOR if candidates else SupportLevel.NONE,
        support=Support.SUPPORTED if candidates else Support.UNKNOWN,
        blocks=False,
        because="a test",
        why="",
        advice="",
        hypervisor=missing(Reason.ABSENT, "a test"),
        notes=(),
    )


# -- what is heard ------------------------------------------------------------------------------------------

FCOE_ON_3 = dcbx.APPLICATION_PRIORITY + bytes.fromhex("00 61 8906")


def switch(*organizations: bytes, ttl: int = 120) -> Neighbour:
    tlvs = ((5, b"n5k-17"), *((127, value) for value in organizations))
    return neighbour(Lldpdu(bytes.fromhex("0400059b7161c0"), b"\x05Ethernet1/17", ttl, tlvs))


def sighting(
    protocol: Heard = Heard.LLDP,
    *,
    who: Reading[Neighbour] | None = None,
    ours: bool = False,
    source: str = "00:05:9b:71:61:c8",
) -> Sighting:
    named = who or (known(switch()) if protocol is Heard.LLDP else missing(Reason.UNSUPPORTED, "no name"))
    return Sighting(protocol, source, ours, 1, 0.5, None, None, named)


def port(
    *,
    on: Link | None = None,
    medium: Medium = Medium.FIBRE,
    agent: Reading[Agent] | None = None,
    dcb: Reading[Dcb] | None = None,
    heard: Reading[tuple[Sighting, ...]] | Sequence[Sighting] = (),
    listened: float = 35.0,
) -> PortStatus:
    return PortStatus(
        link=on or link(),
        medium=MediumFound(medium, "a test"),
        agent=agent or known(Agent.OFF),
        host_agents={},
        dcb=dcb or missing(Reason.UNSUPPORTED, "no DCB"),
        heard=heard if isinstance(heard, Reading) else known(tuple(heard)),
        listened=listened,
    )


@dataclass
class FakeListen:
    """Hears what it is told to on each port and notes what it was asked."""

    heard: Mapping[str, Reading[tuple[Sighting, ...]]] = field(default_factory=dict)
    asked: list[tuple[tuple[str, ...], float]] = field(default_factory=list)

    def __call__(
        self, ports: Sequence[str], seconds: float, /, *, until: Callable[[Hearing], bool]
    ) -> Mapping[str, Reading[tuple[Sighting, ...]]]:
        self.asked.append((tuple(ports), seconds))
        return {name: self.heard.get(name, known(())) for name in ports}


def machine(
    *links: Link,
    driver: FakeDriver | None = None,
    listen: FakeListen | None = None,
    network: Reading[Network] | None = None,
) -> Machine:
    """A machine without DCB and without agents in user space."""
    found = network or known(Network("test", links, known(())))
    return Machine(
        network=lambda root: found,
        driver=driver or FakeDriver(),
        dcb=lambda name: missing(Reason.UNSUPPORTED, "no DCB"),
        agents=(),
        listen=listen or FakeListen(),
    )
