"""LLDP data units, octets in and values out (IEEE 802.1AB-2016, clauses 8 and 9). Pure; no I/O here.

`decode` is strict: what 9.2.7.7 tells a receiver to discard raises `Malformed`, never yields a guess. It
walks the TLVs once and keeps them as octets; names and addresses are spelled out only when somebody asks,
which makes the walk cheap enough to sit behind a mirror port.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from mailward.errors import Failed

ETHERTYPE_LLDP = 0x88CC
ETHERTYPE_VLAN = 0x8100
ETHERTYPE_SERVICE_VLAN = 0x88A8

#: Nearest bridge, nearest non-TPMR bridge, nearest customer bridge (table 7-1).
NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
NEAREST_NON_TPMR = bytes.fromhex("0180c2000003")
NEAREST_CUSTOMER = bytes.fromhex("0180c2000000")

MAXIMUM_VALUE = 511


class Malformed(Failed):
    """The octets are not what the standard allows."""

    key = "lldp.malformed"
    sentence = "malformed {what}: {why}"


class Kind(IntEnum):
    """TLV types (table 8-1)."""

    END = 0
    CHASSIS_ID = 1
    PORT_ID = 2
    TTL = 3
    PORT_DESCRIPTION = 4
    SYSTEM_NAME = 5
    SYSTEM_DESCRIPTION = 6
    SYSTEM_CAPABILITIES = 7
    MANAGEMENT_ADDRESS = 8
    ORGANIZATION = 127


#: One TLV: its type and its information string (0 to 511 octets). A bare tuple: twelve are made per frame.
Tlv = tuple[int, bytes]

#: Bits of the system capabilities TLV (table 8-4), lowest first.
CAPABILITIES = (
    "other",
    "repeater",
    "bridge",
    "access-point",
    "router",
    "telephone",
    "docsis",
    "station",
    "c-vlan",
    "s-vlan",
    "tpmr",
)

# How the octets of a chassis or port id are to be read, by subtype (tables 8-2 and 8-3).
_CHASSIS_MAC, _CHASSIS_ADDRESS = 4, 5
_PORT_MAC, _PORT_ADDRESS = 3, 4
_FAMILIES: dict[int, tuple[int, type[IPv4Address | IPv6Address]]] = {
    1: (4, IPv4Address),
    2: (16, IPv6Address),
}


class Lldpdu(NamedTuple):
    """A data unit: the three mandatory values and the rest in the order sent.

    `chassis` and `port` are information strings, subtype octet first; `ttl` is in seconds, 0 being a goodbye.
    """

    chassis: bytes
    port: bytes
    ttl: int
    optional: tuple[Tlv, ...] = ()

    def first(self, kind: Kind) -> bytes | None:
        """The information string of the first optional TLV of this type."""
        for found, value in self.optional:
            if found == kind:
                return value
        return None

    def _text(self, kind: Kind) -> str:
        value = self.first(kind)
        return "" if value is None else printable(value)

    @property
    def chassis_id(self) -> str:
        return identifier(self.chassis, mac=_CHASSIS_MAC, address=_CHASSIS_ADDRESS)

    @property
    def port_id(self) -> str:
        return identifier(self.port, mac=_PORT_MAC, address=_PORT_ADDRESS)

    @property
    def port_description(self) -> str:
        return self._text(Kind.PORT_DESCRIPTION)

    @property
    def system_name(self) -> str:
        return self._text(Kind.SYSTEM_NAME)

    @property
    def system_description(self) -> str:
        return self._text(Kind.SYSTEM_DESCRIPTION)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The *enabled* capabilities. Raises `Malformed` when the TLV is shorter than its four octets."""
        value = self.first(Kind.SYSTEM_CAPABILITIES)
        if value is None:
            return ()
        if len(value) < 4:
            raise Malformed(what="system capabilities", why=f"{len(value)} octets instead of 4")
        bits = int.from_bytes(value[2:4], "big")
        return tuple(name for bit, name in enumerate(CAPABILITIES) if bits >> bit & 1)

    @property
    def management_addresses(self) -> tuple[str, ...]:
        """As text, IP or hexadecimal octets (8.5.9). Raises `Malformed`."""
        return tuple(_management(value) for kind, value in self.optional if kind == Kind.MANAGEMENT_ADDRESS)

    def organization(self, oui_and_subtype: bytes) -> Iterable[bytes]:
        """What follows these four octets in each organizationally specific TLV that begins with them."""
        for kind, value in self.optional:
            if kind == 127 and value[:4] == oui_and_subtype:
                yield value[4:]


def printable(octets: bytes) -> str:
    """Text from the wire made safe for a terminal: control and other unprintable characters are escaped."""
    text = octets.rstrip(b"\0").decode("utf-8", "replace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def identifier(value: bytes, *, mac: int, address: int) -> str:
    """A chassis or port id as people write it; `mac` and `address` are the subtypes that mean these."""
    subtype, octets = value[0], value[1:]
    if subtype == mac and len(octets) == 6:
        return octets.hex(":")
    if subtype == address and (family := _FAMILIES.get(octets[0])) and len(octets) == family[0] + 1:
        return str(family[1](octets[1:]))
    return printable(octets)


def _management(value: bytes) -> str:
    length = value[0] if value else 0
    # Length octet, family and address, interface numbering (5), OID length.
    if not 2 <= length <= 32 or len(value) < 1 + length + 6:
        raise Malformed(what="management address", why=f"address of {length} octets in {len(value)}")
    octets = value[2 : 1 + length]
    family = _FAMILIES.get(value[1])
    return str(family[1](octets)) if family and len(octets) == family[0] else octets.hex(":")


def decode(pdu: bytes) -> Lldpdu:
    """The data unit in the payload of a frame of type 0x88CC.

    Octets after the End TLV are padding and ignored; a unit without one may end with the payload (8.5.1 made
    the End TLV optional in 2009). Raises `Malformed`.
    """
    size = len(pdu)
    at = 0
    found: list[Tlv] = []
    add = found.append
    first = start = 0
    try:
        while at < size:
            first = pdu[at]  # seven bits of type, one of length
            start = at + 2
            at = start + pdu[at + 1]
            if first & 1:
                at += 256
            if first < 2:
                break
            add((first >> 1, pdu[start:at]))
    except IndexError:
        raise Malformed(what="LLDP data unit", why="half a TLV header at the end") from None
    if at > size:
        raise Malformed(what="LLDP data unit", why=f"TLV {first >> 1} passes the end by {at - size} octets")
    if first < 2 and at != start:
        raise Malformed(what="LLDP data unit", why=f"End TLV with {at - start} octets")
    return _checked(found)


def _checked(found: list[Tlv]) -> Lldpdu:
    """The data unit of these TLVs, by the rules of 9.2.7.7.1. Raises `Malformed`."""
    if len(found) < 3 or (found[0][0], found[1][0], found[2][0]) != (1, 2, 3):
        raise Malformed(what="LLDP data unit", why="does not begin with chassis id, port id and time to live")
    (_, chassis), (_, port), (_, ttl), *optional = found
    if not 2 <= len(chassis) <= 256:
        raise Malformed(what="LLDP data unit", why=f"chassis id of {len(chassis)} octets")
    if not 2 <= len(port) <= 256:
        raise Malformed(what="LLDP data unit", why=f"port id of {len(port)} octets")
    if len(ttl) < 2:
        raise Malformed(what="LLDP data unit", why=f"time to live of {len(ttl)} octets")
    for kind, value in optional:
        if kind < 4:
            raise Malformed(what="LLDP data unit", why=f"mandatory TLV {kind} a second time")
        if kind == 127 and len(value) < 4:
            raise Malformed(what="LLDP data unit", why=f"organization TLV of {len(value)} octets")
    return Lldpdu(chassis, port, ttl[0] << 8 | ttl[1], tuple(optional))


def encode_tlv(kind: int, value: bytes) -> bytes:
    """One TLV as octets. Raises `Malformed` when it cannot be carried."""
    if not 0 <= kind <= 127 or len(value) > MAXIMUM_VALUE:
        raise Malformed(what="TLV to send", why=f"type {kind} with {len(value)} octets")
    return (kind << 9 | len(value)).to_bytes(2, "big") + value


def encode(unit: Lldpdu) -> bytes:
    """The data unit as octets, End TLV included. Raises `Malformed` for what `decode` would refuse."""
    tlvs = [
        (Kind.CHASSIS_ID, unit.chassis),
        (Kind.PORT_ID, unit.port),
        (Kind.TTL, unit.ttl.to_bytes(2, "big")),
        *unit.optional,
    ]
    _checked(tlvs)
    return b"".join(encode_tlv(kind, value) for kind, value in [*tlvs, (Kind.END, b"")])


class Frame(NamedTuple):
    """An Ethernet frame without preamble and check sequence; `vlan` is its tag control information."""

    destination: bytes
    source: bytes
    vlan: int | None
    ethertype: int
    payload: bytes


def split(octets: bytes) -> Frame:
    """Take an Ethernet frame apart, looking behind one 802.1Q or 802.1ad tag. Raises `Malformed`."""
    if len(octets) < 14:
        raise Malformed(what="Ethernet frame", why=f"{len(octets)} octets")
    ethertype = octets[12] << 8 | octets[13]
    if ethertype not in (ETHERTYPE_VLAN, ETHERTYPE_SERVICE_VLAN):
        return Frame(octets[:6], octets[6:12], None, ethertype, octets[14:])
    if len(octets) < 18:
        raise Malformed(what="Ethernet frame", why="ends inside its VLAN tag")
    tag = octets[14] << 8 | octets[15]
    return Frame(octets[:6], octets[6:12], tag, octets[16] << 8 | octets[17], octets[18:])


def join(frame: Frame) -> bytes:
    """The opposite of `split`; the tag, if any, is an 802.1Q one."""
    tag = b"" if frame.vlan is None else b"\x81\x00" + frame.vlan.to_bytes(2, "big")
    return frame.destination + frame.source + tag + frame.ethertype.to_bytes(2, "big") + frame.payload
