"""Listening on made-up sockets: Unix datagram pairs can be selected on just as well."""

import errno
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from hwmgmt.net.lldp import listen as listening
from hwmgmt.net.lldp.listen import ALL_ENODES, MOST_SENDERS, Heard, everybody_heard, listen, sighting
from hwmgmt.net.lldp.tlv import NEAREST_BRIDGE, Frame, join
from hwmgmt.reading import Reason
from tests.hwmgmt.net.lldp import vectors

SWITCH = bytes.fromhex("00059b7161c8")


def frame(
    payload: bytes = vectors.A_UNIT,
    *,
    ethertype: int = 0x88CC,
    source: bytes = SWITCH,
    vlan: int | None = None,
) -> bytes:
    return join(Frame(NEAREST_BRIDGE, source, vlan, ethertype, payload))


@dataclass
class Wires:
    """Ports and the far ends of their cables."""

    far: dict[str, socket.socket] = field(default_factory=dict)
    near: dict[str, socket.socket] = field(default_factory=dict)

    def add(self, name: str, *frames: bytes) -> None:
        self.near[name], self.far[name] = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for one in frames:
            self.far[name].send(one)

    def open(self, port: str) -> socket.socket:
        if port not in self.near:
            raise OSError(errno.ENODEV, "No such device")
        return self.near[port]


@pytest.fixture
def wires() -> Iterator[Wires]:
    found = Wires()
    yield found
    for one in (*found.near.values(), *found.far.values()):
        one.close()


def clock(step: float = 0.1) -> Callable[[], float]:
    ticks = iter(range(100_000))
    return lambda: next(ticks) * step


def test_several_ports_at_once(wires: Wires) -> None:
    wires.add("eth1", frame(), frame(), frame(b"x" * 60, ethertype=0x8914))
    wires.add("eth2", frame(vectors.B_UNIT, vlan=0xE009))
    wires.add("eth3")
    heard = listen(["eth1", "eth2", "eth3"], 0.2, open_socket=wires.open)
    lldp, fip = heard["eth1"].need()
    assert (lldp.protocol, lldp.source, lldp.frames) == (Heard.LLDP, "00:05:9b:71:61:c8", 2)
    assert lldp.neighbour.need().system_name == "n5k-17"
    assert (fip.protocol, fip.frames, fip.neighbour.reason) == (Heard.FIP, 1, Reason.UNSUPPORTED)
    (tagged,) = heard["eth2"].need()
    assert (tagged.vlan, tagged.priority) == (9, 7)
    assert heard["eth3"].need() == ()


def test_it_ends_when_enough_was_heard(wires: Wires) -> None:
    wires.add("eth1", frame())
    wires.add("eth2", frame(vectors.B_UNIT))
    heard = listen(["eth1", "eth2"], 1e5, until=everybody_heard, open_socket=wires.open)
    assert all(one.need() for one in heard.values())


def test_a_port_that_cannot_be_opened_has_its_reason_and_stops_nobody(wires: Wires) -> None:
    wires.add("eth1", frame())
    heard = listen(["nix", "eth1"], 1e5, until=everybody_heard, open_socket=wires.open)
    assert heard["nix"].reason is Reason.ABSENT
    assert len(heard["eth1"].need()) == 1


def test_without_permission_it_ends_at_once() -> None:
    def denied(port: str) -> socket.socket:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    heard = listen(["eth1", "eth2"], 1e5, open_socket=denied)
    assert [one.reason for one in heard.values()] == [Reason.DENIED, Reason.DENIED]


class Broken:
    """A socket that is ready and fails."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        self.pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.pair[1].send(b"ready")

    def fileno(self) -> int:
        return self.pair[0].fileno()

    def recvmsg(self, size: int, ancillary: int, flags: int, /) -> tuple[bytes, list[Any], int, Any]:
        raise self.error

    def close(self) -> None:
        for one in self.pair:
            one.close()


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.ENETDOWN, Reason.ABSENT), (errno.EIO, Reason.MALFORMED)]
)
def test_a_link_that_goes_down_is_not_silence(number: int, reason: Reason) -> None:
    heard = listen(["eth1"], 1e5, open_socket=lambda port: Broken(OSError(number, "down")))
    assert heard["eth1"].reason is reason


def test_a_flood_of_senders_is_bounded() -> None:
    class Flood(Broken):
        """Always ready, each frame from a new address."""

        count = 0

        def recvmsg(self, size: int, ancillary: int, flags: int, /) -> tuple[bytes, list[Any], int, Any]:
            self.count += 1
            return frame(source=self.count.to_bytes(6, "big")), [], 0, None

    flood = Flood(OSError())
    heard = listen(["eth1"], 1, open_socket=lambda port: flood, clock=clock())["eth1"].need()
    assert len(heard) == MOST_SENDERS
    assert flood.count < 20 * 128  # the clock was read after each batch


def test_the_latest_frame_counts_so_a_goodbye_ends_a_neighbour(wires: Wires) -> None:
    goodbye = vectors.A_UNIT.replace(b"\x06\x02\x00\x78", b"\x06\x02\x00\x00")
    wires.add("eth1", frame(), frame(goodbye))
    (one,) = listen(["eth1"], 0.2, open_socket=wires.open)["eth1"].need()
    assert one.is_goodbye
    assert one.frames == 2


def test_a_malformed_data_unit_is_heard_all_the_same() -> None:
    one = sighting(frame(b"\x02\xff"), (), 1.0)
    assert one is not None
    assert (one.protocol, one.neighbour.reason, one.is_goodbye) == (Heard.LLDP, Reason.MALFORMED, False)


@pytest.mark.parametrize("octets", [b"", bytes(13), frame(ethertype=0x0800)])
def test_frames_of_no_interest(octets: bytes) -> None:
    assert sighting(octets, (), 0.0) is None


def auxdata(status: int, tag: int) -> tuple[int, int, bytes]:
    return (263, 8, struct.pack("=IIIHHHH", status, 60, 60, 0, 14, tag, 0x8100))


def test_a_tag_that_the_card_took_off_is_found() -> None:
    one = sighting(frame(), [auxdata(0x51, 0x6002)], 0.0)
    assert one is not None and (one.vlan, one.priority) == (2, 3)


@pytest.mark.parametrize(
    "ancillary", [(), [auxdata(0x01, 0x6002)], [(263, 8, b"short")], [(1, 2, bytes(20))]]
)
def test_without_a_valid_tag_there_is_none(ancillary: Any) -> None:
    one = sighting(frame(), ancillary, 0.0)
    assert one is not None and one.vlan is None


# -- the filter ---------------------------------------------------------------------------------------------


def passes(octets: bytes) -> bool:
    """Run our classic BPF program on a frame, as the kernel does (load half word, jump if equal, answer)."""
    program = list(struct.iter_unpack("=HBBI", listening._filter()))
    at, word = 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        if code == 0x06:
            return bool(value)
        if code == 0x28:
            if value + 2 > len(octets):
                return False
            word = int.from_bytes(octets[value : value + 2], "big")
        else:
            assert code == 0x15
            at += if_true if word == value else if_false
        at += 1


@pytest.mark.parametrize("ethertype", [0x88CC, 0x8914, 0x8906])
@pytest.mark.parametrize("vlan", [None, 0xE009])
def test_the_filter_passes_what_is_listened_for(ethertype: int, vlan: int | None) -> None:
    assert passes(frame(ethertype=ethertype, vlan=vlan))
    service = frame(ethertype=ethertype, vlan=1).replace(b"\x81\x00", b"\x88\xa8", 1)
    assert passes(service)


@pytest.mark.parametrize("ethertype", [0x0800, 0x86DD, 0x0806, 0x88CB, 0x8907, 0x8100])
@pytest.mark.parametrize("vlan", [None, 0xE009])
def test_the_filter_drops_everything_else(ethertype: int, vlan: int | None) -> None:
    assert not passes(frame(ethertype=ethertype, vlan=vlan, payload=bytes(50)))
    assert not passes(b"short")


def test_the_groups_are_joined() -> None:
    assert NEAREST_BRIDGE in listening.GROUPS
    assert ALL_ENODES in listening.GROUPS
    assert all(group[0] & 1 for group in listening.GROUPS)
