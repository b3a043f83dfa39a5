"""DCBX in LLDP: who announces FCoE, and on which priority. Pure.

Three dialects are on the wire: IEEE 802.1Qaz-2011 annex D (OUI 00-80-C2), the CEE version 1.01 that came
before it (OUI 00-1B-21 subtype 2) and the first one, of Cisco, Intel and Nuova: CIN (subtype 1). FCoE is
announced by an application entry for EtherType 0x8906 in any of them. A DCBX TLV without such an entry (iSCSI
only, say) is no announcement: an administrator is sent to the switch for FCoE or for LLDP alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from hwmgmt.net.lldp.tlv import Kind, Lldpdu, Malformed, Tlv

ETHERTYPE_FCOE = 0x8906
ETHERTYPE_FIP = 0x8914

OUI_IEEE_8021 = bytes.fromhex("0080c2")
OUI_CEE = bytes.fromhex("001b21")

ETS_CONFIGURATION = OUI_IEEE_8021 + b"\x09"
ETS_RECOMMENDATION = OUI_IEEE_8021 + b"\x0a"
PFC = OUI_IEEE_8021 + b"\x0b"
APPLICATION_PRIORITY = OUI_IEEE_8021 + b"\x0c"
CIN = OUI_CEE + b"\x01"
CEE = OUI_CEE + b"\x02"


class Dialect(StrEnum):
    IEEE = "ieee-802.1qaz"
    CEE = "cee"
    CIN = "cin"


class Selector(StrEnum):
    """What an application entry's protocol number is."""

    ETHERTYPE = "ethertype"
    TCP = "tcp"
    UDP = "udp"
    PORT = "port"  # TCP or UDP alike
    DSCP = "dscp"
    RESERVED = "reserved"


IEEE_SELECTORS = {
    1: Selector.ETHERTYPE,
    2: Selector.TCP,
    3: Selector.UDP,
    4: Selector.PORT,
    5: Selector.DSCP,
}
CEE_SELECTORS = {0: Selector.ETHERTYPE, 1: Selector.PORT}
_TO_IEEE = {selector: number for number, selector in IEEE_SELECTORS.items()}
_TO_CEE = {selector: number for number, selector in CEE_SELECTORS.items()}


class Application(NamedTuple):
    """One entry: this protocol belongs on these priorities (0 to 7)."""

    dialect: Dialect
    selector: Selector
    protocol: int
    priorities: tuple[int, ...]

    @property
    def is_fcoe(self) -> bool:
        return self.selector is Selector.ETHERTYPE and self.protocol == ETHERTYPE_FCOE

    @property
    def is_fip(self) -> bool:
        return self.selector is Selector.ETHERTYPE and self.protocol == ETHERTYPE_FIP


@dataclass(frozen=True, slots=True)
class Ets:
    """Enhanced transmission selection (802.1Qaz D.2.8, D.2.9), eight classes each.

    `classes` is the class per priority, `shares` the bandwidth per class in percent, `algorithms` the
    numbers of table D-3 (0 strict, 1 credit-based, 2 ETS, 255 vendor).
    """

    willing: bool
    credit_shaper: bool
    max_classes: int
    classes: tuple[int, ...]
    shares: tuple[int, ...]
    algorithms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PriorityFlowControl:
    """802.1Qaz D.2.10: how many classes can pause, and which priorities do."""

    willing: bool
    macsec_bypass: bool
    capability: int
    priorities: tuple[int, ...]


_BITS = tuple(tuple(bit for bit in range(8) if octet >> bit & 1) for octet in range(256))


def bits(octet: int) -> tuple[int, ...]:
    """The numbers of the bits set in an octet, lowest first."""
    return _BITS[octet]


def octet(priorities: tuple[int, ...]) -> int:
    """The opposite of `bits`."""
    return sum(1 << priority for priority in set(priorities))


def _nibbles(octets: bytes) -> tuple[int, ...]:
    return tuple(half for octet in octets for half in (octet >> 4, octet & 0x0F))


def _exactly(value: bytes, size: int, what: str) -> bytes:
    if len(value) != size:
        raise Malformed(what=what, why=f"{len(value)} octets instead of {size}")
    return value


# -- IEEE 802.1Qaz ------------------------------------------------------------------------------------------


def decode_ets(value: bytes) -> Ets:
    """What follows OUI and subtype in an ETS configuration or recommendation TLV (21 octets)."""
    _exactly(value, 21, "ETS TLV")
    head = value[0]
    return Ets(
        willing=bool(head & 0x80),
        credit_shaper=bool(head & 0x40),
        max_classes=head & 0x07 or 8,  # three bits, where 0 means eight
        classes=_nibbles(value[1:5]),
        shares=tuple(value[5:13]),
        algorithms=tuple(value[13:21]),
    )


def encode_ets(ets: Ets) -> bytes:
    head = ets.willing << 7 | ets.credit_shaper << 6 | ets.max_classes & 0x07
    pairs = zip(ets.classes[::2], ets.classes[1::2], strict=True)
    classes = bytes(high << 4 | low for high, low in pairs)
    return bytes([head]) + classes + bytes(ets.shares) + bytes(ets.algorithms)


def decode_pfc(value: bytes) -> PriorityFlowControl:
    """What follows OUI and subtype in a PFC configuration TLV (2 octets)."""
    _exactly(value, 2, "PFC TLV")
    return PriorityFlowControl(bool(value[0] & 0x80), bool(value[0] & 0x40), value[0] & 0x0F, bits(value[1]))


def encode_pfc(pfc: PriorityFlowControl) -> bytes:
    return bytes([pfc.willing << 7 | pfc.macsec_bypass << 6 | pfc.capability, octet(pfc.priorities)])


def decode_application_priority(value: bytes) -> tuple[Application, ...]:
    """What follows OUI and subtype in an application priority TLV (D.2.11): a reserved octet, N times 3."""
    if len(value) % 3 != 1:
        raise Malformed(what="application priority TLV", why=f"{len(value)} octets is not 1 + 3 N")
    # A list comprehension and not a generator: this runs for every frame heard.
    return tuple(
        [
            Application(
                Dialect.IEEE,
                IEEE_SELECTORS.get(value[at] & 0x07, Selector.RESERVED),
                value[at + 1] << 8 | value[at + 2],
                (value[at] >> 5,),
            )
            for at in range(1, len(value), 3)
        ]
    )


def encode_application_priority(entries: tuple[Application, ...]) -> bytes:
    """One three-octet entry for each priority of each application."""
    parts = [b"\0"]
    for entry in entries:
        for priority in entry.priorities:
            head = priority << 5 | _TO_IEEE[entry.selector]
            parts.append(bytes([head]) + entry.protocol.to_bytes(2, "big"))
    return b"".join(parts)


# -- CEE and CIN --------------------------------------------------------------------------------------------


class Feature(IntEnum):
    """Sub-TLV types; CIN numbers applications 5 where CEE has 4."""

    CONTROL = 1
    PRIORITY_GROUPS = 2
    FLOW_CONTROL = 3
    APPLICATION = 4
    CIN_APPLICATION = 5


@dataclass(frozen=True, slots=True)
class Control:
    """The control sub-TLV: versions and the sequence numbers of the DCBX state machine."""

    operating: int
    maximum: int
    sequence: int
    acknowledged: int


def sub_tlvs(value: bytes) -> Iterator[Tlv]:
    """The sub-TLVs of a CEE or CIN TLV (type in 7 bits, length in 9). Raises `Malformed`."""
    at, size = 0, len(value)
    while at < size:
        if at + 2 > size:
            raise Malformed(what="DCBX TLV", why="half a sub-TLV header at the end")
        length = (value[at] & 1) << 8 | value[at + 1]
        end = at + 2 + length
        if end > size:
            raise Malformed(what="DCBX TLV", why=f"sub-TLV {value[at] >> 1} passes the end")
        yield value[at] >> 1, value[at + 2 : end]
        at = end


def decode_control(value: bytes) -> Control:
    _exactly(value, 10, "DCBX control")
    return Control(value[0], value[1], int.from_bytes(value[2:6], "big"), int.from_bytes(value[6:10], "big"))


def decode_cee(value: bytes) -> tuple[Application, ...]:
    """The applications in what follows OUI and subtype 2. Raises `Malformed`."""
    found: list[Application] = []
    for kind, body in sub_tlvs(value):
        if kind == Feature.CONTROL:
            decode_control(body)
        if kind != Feature.APPLICATION:
            continue
        if len(body) < 4 or (len(body) - 4) % 6:
            raise Malformed(what="CEE application feature", why=f"{len(body)} octets is not 4 + 6 N")
        for at in range(4, len(body), 6):
            # The top six bits of the third octet and the two after it are an OUI: 00-1B-21 alone is defined.
            ours = body[at + 2] & 0xFC == OUI_CEE[0] and body[at + 3 : at + 5] == OUI_CEE[1:]
            selector = CEE_SELECTORS.get(body[at + 2] & 0x03) if ours else None
            found.append(
                Application(
                    Dialect.CEE,
                    selector or Selector.RESERVED,
                    body[at] << 8 | body[at + 1],
                    bits(body[at + 5]),
                )
            )
    return tuple(found)


def encode_feature(kind: int, body: bytes) -> bytes:
    """A CEE or CIN sub-TLV that is enabled, not willing, without error: versions 0, flags 0x80, subtype 0."""
    whole = b"\0\0\x80\0" + body
    return (kind << 9 | len(whole)).to_bytes(2, "big") + whole


def encode_control(control: Control) -> bytes:
    body = bytes([control.operating, control.maximum])
    body += control.sequence.to_bytes(4, "big") + control.acknowledged.to_bytes(4, "big")
    return (Feature.CONTROL << 9 | len(body)).to_bytes(2, "big") + body


def encode_cee_applications(entries: tuple[Application, ...]) -> bytes:
    """The application sub-TLV of CEE."""
    body = b"".join(
        entry.protocol.to_bytes(2, "big")
        + bytes([OUI_CEE[0] | _TO_CEE[entry.selector], *OUI_CEE[1:], octet(entry.priorities)])
        for entry in entries
    )
    return encode_feature(Feature.APPLICATION, body)


def decode_cin(value: bytes) -> tuple[Application, ...]:
    """The applications in what follows OUI and subtype 1; each header names its protocol, 0 being FCoE."""
    found: list[Application] = []
    for kind, body in sub_tlvs(value):
        if kind != Feature.CIN_APPLICATION:
            continue
        if len(body) < 5:
            raise Malformed(what="CIN application feature", why=f"{len(body)} octets instead of 5")
        fcoe = body[3] == 0
        found.append(
            Application(
                Dialect.CIN,
                Selector.ETHERTYPE if fcoe else Selector.RESERVED,
                ETHERTYPE_FCOE if fcoe else body[3],
                bits(body[4]),
            )
        )
    return tuple(found)


# -- a whole data unit --------------------------------------------------------------------------------------

_APPLICATIONS = {
    APPLICATION_PRIORITY: decode_application_priority,
    CEE: decode_cee,
    CIN: decode_cin,
}
_DIALECTS = {
    ETS_CONFIGURATION: Dialect.IEEE,
    ETS_RECOMMENDATION: Dialect.IEEE,
    PFC: Dialect.IEEE,
    APPLICATION_PRIORITY: Dialect.IEEE,
    CEE: Dialect.CEE,
    CIN: Dialect.CIN,
}


def dialects(unit: Lldpdu) -> tuple[Dialect, ...]:
    """The DCBX dialects spoken in this data unit, in the order met."""
    found = (_DIALECTS.get(value[:4]) for kind, value in unit.optional if kind == Kind.ORGANIZATION)
    return tuple(dict.fromkeys(dialect for dialect in found if dialect))


def applications(unit: Lldpdu) -> tuple[Application, ...]:
    """Every application entry of every DCBX TLV. Raises `Malformed` when one of these is."""
    found: tuple[Application, ...] = ()
    for kind, value in unit.optional:
        if kind == 127 and (decode := _APPLICATIONS.get(value[:4])):
            found += decode(value[4:])
    return found


def fcoe_priorities(unit: Lldpdu) -> tuple[int, ...] | None:
    """The priorities on which this data unit announces FCoE, or None if it does not. Raises `Malformed`.

    An entry with an empty priority map is an announcement all the same: the switch runs FCoE.
    """
    found: set[int] | None = None
    for entry in applications(unit):
        if entry.protocol == ETHERTYPE_FCOE and entry.selector is Selector.ETHERTYPE:
            found = (found or set()) | set(entry.priorities)
    return None if found is None else tuple(sorted(found))
