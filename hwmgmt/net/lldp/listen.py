"""Passive listening for LLDP, FIP and FCoE on several ports at once. Sends nothing.

It also hears what programs on this machine send on the port (not what the card's firmware sends): that is how
`hw lldp disable` knows that it is done.

One packet socket per port taps every frame (ETH_P_ALL) behind a classic BPF filter that passes three
EtherTypes: a socket bound to one of them would get tagged frames with the tag already gone, a tap still finds
it in PACKET_AUXDATA. Multicast memberships let the frames through the card's filter without promiscuous mode.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import selectors
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from hwmgmt.net.lldp import tlv
from hwmgmt.net.lldp.dcbx import ETHERTYPE_FCOE, ETHERTYPE_FIP
from hwmgmt.net.lldp.neighbour import Neighbour, neighbour
from hwmgmt.reading import Reading, Reason, failed, known, missing

#: Seconds. An agent sends every 30 s by default (802.1AB 9.2.5.7): silence for a little more means something.
FULL_LISTEN = 35.0

#: All-ENode-MACs, All-FCF-MACs, All-FCoE-MACs (FC-BB-5).
ALL_FCOE = bytes.fromhex("011018010000")
ALL_ENODES = bytes.fromhex("011018010001")
ALL_FCFS = bytes.fromhex("011018010002")

GROUPS = (
    tlv.NEAREST_BRIDGE,
    tlv.NEAREST_NON_TPMR,
    tlv.NEAREST_CUSTOMER,
    ALL_FCOE,
    ALL_ENODES,
    ALL_FCFS,
)

# linux/if_packet.h and asm-generic/socket.h; the socket module has none of these.
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_AUXDATA = 8
PACKET_MR_MULTICAST = 0
PACKET_OUTGOING = 4
SO_ATTACH_FILTER = 26
ETH_P_ALL = 0x0003
_AUXDATA = struct.Struct("=IIIHHHH")
_VLAN_VALID = 1 << 4

#: Different senders kept per port; a flood of made-up addresses ends here.
MOST_SENDERS = 64
_LONGEST_FRAME = 2048
# Frames taken from one port before the others get a turn and the clock is read.
_BATCH = 128


class Heard(StrEnum):
    """The protocol of a frame."""

    LLDP = "lldp"
    FIP = "fip"
    FCOE = "fcoe"


_PROTOCOLS = {tlv.ETHERTYPE_LLDP: Heard.LLDP, ETHERTYPE_FIP: Heard.FIP, ETHERTYPE_FCOE: Heard.FCOE}


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one sender was heard to say on a port, its latest frame being the one that counts.

    `after` is the time of the latest frame in seconds from the start; `vlan` and `priority` are its tag's.
    `ours` marks what this machine sent itself.
    """

    protocol: Heard
    source: str
    ours: bool
    frames: int
    after: float
    vlan: int | None
    priority: int | None
    neighbour: Reading[Neighbour]

    @property
    def is_goodbye(self) -> bool:
        """An LLDP data unit with a time to live of 0: the agent there has just been switched off."""
        return self.neighbour.value is not None and self.neighbour.value.ttl == 0


class PacketSocket(Protocol):
    """What is used of a socket."""

    def fileno(self) -> int: ...
    def recvmsg(self, size: int, ancillary: int, flags: int, /) -> tuple[bytes, list[Any], int, Any]: ...
    def close(self) -> None: ...


def _filter() -> bytes:
    """BPF: pass a frame of our EtherTypes, also behind a VLAN tag that the card left in place."""
    load_half_word, jump_if_equal, answer = 0x28, 0x15, 0x06
    types = tuple(_PROTOCOLS)
    program = [(load_half_word, 0, 0, 12)]
    # Offsets of the two answers: see the layout below (1 + 3 + 2 + 1 + 3 instructions before them).
    program += [(jump_if_equal, 10 - at, 0, kind) for at, kind in enumerate(types, 1)]
    program += [(jump_if_equal, 1, 0, tlv.ETHERTYPE_VLAN), (jump_if_equal, 0, 4, tlv.ETHERTYPE_SERVICE_VLAN)]
    program += [(load_half_word, 0, 0, 16)]
    program += [(jump_if_equal, 10 - at, 0, kind) for at, kind in enumerate(types, 7)]
    program += [(answer, 0, 0, 0), (answer, 0, 0, _LONGEST_FRAME)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def open_packet_socket(port: str) -> socket.socket:
    """A tap on `port` that joins the groups. Raises OSError (EPERM without CAP_NET_RAW, ENODEV)."""
    program = _filter()
    buffer = ctypes.create_string_buffer(program, len(program))
    descriptor = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    # Protocol 0 receives nothing; the filter is in place before bind() opens the tap.
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, descriptor)
        tap.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        tap.bind((port, ETH_P_ALL))
        index = socket.if_nametoindex(port)
        for group in GROUPS:
            request = struct.pack("@iHH8s", index, PACKET_MR_MULTICAST, 6, group)
            tap.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
    except BaseException:
        tap.close()
        raise
    return tap


OpenSocket = Callable[[str], PacketSocket]
Hearing = Mapping[str, Reading[tuple[Sighting, ...]]]


def everybody_heard(heard: Hearing) -> bool:
    """True once each port that can be listened on has heard LLDP of others; for `listen(until=…)`."""
    return all(
        not one.ok or any(s.protocol is Heard.LLDP and not s.ours for s in one.otherwise(()))
        for one in heard.values()
    )


def listen(
    ports: Sequence[str],
    seconds: float = FULL_LISTEN,
    *,
    until: Callable[[Hearing], bool] = lambda heard: False,
    open_socket: OpenSocket = open_packet_socket,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Reading[tuple[Sighting, ...]]]:
    """What each port hears within `seconds`, or before `until` says that it is enough.

    A port that cannot be opened, or that goes down meanwhile, has a reading without a value: its silence
    proves nothing. Never raises for a port and never outlasts `seconds` by more than one batch of frames.
    """
    start = clock()
    heard: dict[str, Reading[tuple[Sighting, ...]]] = {}
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for port in ports:
            try:
                tap = open_socket(port)
            except OSError as error:
                heard[port] = failed(error, port)
                continue
            stack.callback(tap.close)
            selector.register(tap.fileno(), selectors.EVENT_READ, (port, tap))
            heard[port] = known(())
        while selector.get_map() and (left := start + seconds - clock()) > 0:
            for key, _ in selector.select(left):
                port, tap = key.data
                heard[port] = _drain(tap, heard[port].otherwise(()), clock() - start)
                if not heard[port].ok:
                    selector.unregister(key.fd)
            if until(heard):
                break
    return heard


def _drain(tap: PacketSocket, before: tuple[Sighting, ...], after: float) -> Reading[tuple[Sighting, ...]]:
    """Take the waiting frames, a batch at most, into the sightings of a port."""
    senders = {(one.protocol, one.ours, one.source): one for one in before}
    for _ in range(_BATCH):
        try:
            octets, ancillary, _, address = tap.recvmsg(_LONGEST_FRAME, 64, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        except OSError as error:
            if error.errno == errno.ENETDOWN:
                return missing(Reason.ABSENT, "the link was taken down while listening")
            return failed(error)
        ours = isinstance(address, tuple) and len(address) > 2 and address[2] == PACKET_OUTGOING
        if (one := sighting(octets, ancillary, after, ours=ours)) is None:
            continue
        sender = (one.protocol, one.ours, one.source)
        if sender in senders:
            senders[sender] = replace(one, frames=senders[sender].frames + 1)
        elif len(senders) < MOST_SENDERS:
            senders[sender] = one
    return known(tuple(senders.values()))


def sighting(
    octets: bytes, ancillary: Sequence[tuple[int, int, bytes]], after: float, *, ours: bool = False
) -> Sighting | None:
    """The sighting that a frame with its ancillary data is; None for a frame of no interest."""
    try:
        frame = tlv.split(octets)
    except tlv.Malformed:
        return None
    protocol = _PROTOCOLS.get(frame.ethertype)
    if protocol is None:
        return None
    tag = frame.vlan if frame.vlan is not None else _stripped_tag(ancillary)
    return Sighting(
        protocol=protocol,
        source=frame.source.hex(":"),
        ours=ours,
        frames=1,
        after=round(after, 3),
        vlan=None if tag is None else tag & 0xFFF,
        priority=None if tag is None else tag >> 13,
        neighbour=_neighbour(frame.payload)
        if protocol is Heard.LLDP
        else missing(Reason.UNSUPPORTED, f"{protocol} names no neighbour"),
    )


def _neighbour(payload: bytes) -> Reading[Neighbour]:
    try:
        return known(neighbour(tlv.decode(payload)))
    except tlv.Malformed as error:
        return missing(Reason.MALFORMED, str(error))


def _stripped_tag(ancillary: Sequence[tuple[int, int, bytes]]) -> int | None:
    """The tag that the card or the kernel took off the frame (struct tpacket_auxdata)."""
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA) and len(data) >= _AUXDATA.size:
            status, _, _, _, _, tag, _ = _AUXDATA.unpack_from(data)
            if status & _VLAN_VALID:
                return int(tag)
    return None
