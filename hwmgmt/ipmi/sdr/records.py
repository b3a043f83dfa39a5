"""One sensor data record: bytes in, a frozen record out (IPMI 2.0, chapter 43). Offsets count from 0.

Records come from a BMC and are not trusted: a short or senseless one raises `BadRecord`, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from hwmgmt.ipmi.sdr import factors, text
from hwmgmt.ipmi.sdr.factors import Factors
from hwmgmt.ipmi.vocabulary import unit_name


class BadRecord(ValueError):
    """A record cannot be decoded; the message says why."""


class RecordType(IntEnum):
    FULL = 0x01
    COMPACT = 0x02
    EVENT_ONLY = 0x03
    FRU_LOCATOR = 0x11
    MC_LOCATOR = 0x12


# Bits of the threshold masks, in the order of Get Sensor Thresholds.
THRESHOLDS = (
    "lower non-critical",
    "lower critical",
    "lower non-recoverable",
    "upper non-critical",
    "upper critical",
    "upper non-recoverable",
)


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """A sensor. `factors` is None for discrete ones; `thresholds` names those the record gives, raw."""

    owner: int
    lun: int
    number: int
    entity: int
    instance: int
    sensor_type: int
    reading_type: int
    name: str
    unit: str = ""
    factors: Factors | None = None
    thresholds: tuple[tuple[str, int], ...] = ()
    readable: bool = True

    @property
    def threshold_based(self) -> bool:
        return self.reading_type == 0x01


@dataclass(frozen=True, slots=True)
class FruLocator:
    """A part that describes itself. `logical`: behind Read FRU Data, else a bare EEPROM on a bus."""

    device: int
    logical: bool
    lun: int
    owner: int
    name: str


@dataclass(frozen=True, slots=True)
class McLocator:
    """Another management controller, reached through a bridge."""

    address: int
    name: str


@dataclass(frozen=True, slots=True)
class OtherRecord:
    """A record of a type we have no use for (entity associations, vendor records)."""

    record_type: int


Record = SensorRecord | FruLocator | McLocator | OtherRecord

# Fixed part of each type, in bytes, its type/length byte included.
_FIXED = {
    RecordType.FULL: 48,
    RecordType.COMPACT: 32,
    RecordType.EVENT_ONLY: 17,
    RecordType.FRU_LOCATOR: 16,
    RecordType.MC_LOCATOR: 16,
}


def decode(raw: bytes) -> tuple[Record, ...]:
    """The records in `raw`: one, or several where a compact record is shared by like sensors.

    Raises `BadRecord`. Bytes behind the record's own length are ignored.
    """
    if len(raw) < 5:
        raise BadRecord(f"{len(raw)} bytes are no record")
    if raw[2] != 0x51:
        raise BadRecord(f"unknown record version {raw[2]:#04x}")
    length = 5 + raw[4]
    if len(raw) < length:
        raise BadRecord(f"record of {length} bytes is cut off after {len(raw)}")
    raw = raw[:length]
    if raw[3] not in _FIXED:
        return (OtherRecord(raw[3]),)
    kind = RecordType(raw[3])
    if length < _FIXED[kind]:
        raise BadRecord(f"{kind.name} record of {length} bytes instead of {_FIXED[kind]} at least")
    match kind:
        case RecordType.FULL:
            return (_full(raw),)
        case RecordType.COMPACT:
            return _compact(raw)
        case RecordType.EVENT_ONLY:
            return (_event_only(raw),)
        case RecordType.FRU_LOCATOR:
            return (_fru(raw),)
        case RecordType.MC_LOCATOR:
            return (McLocator(raw[5], _name(raw, 15)),)


def _name(raw: bytes, at: int) -> str:
    coding, length = text.split(raw[at], 0x1F)
    # A string longer than the record is cut: its name is no reason to lose a sensor.
    return text.decode(coding, raw[at + 1 : at + 1 + length])


def _unit(raw: bytes) -> str:
    """Units 1 to 3 of a full or compact record: percent, base, rate, and base by modifier."""
    modifier = {1: "/", 2: "·"}.get(raw[20] >> 1 & 0x3, "")
    rate = ("", "/µs", "/ms", "/s", "/min", "/h", "/d", "")[raw[20] >> 3 & 0x7]
    base = unit_name(raw[21]) + (modifier + unit_name(raw[22]) if modifier else "")
    return ("%" if raw[20] & 1 else "") + base + rate


def _full(raw: bytes) -> SensorRecord:
    analog = factors.decode(raw[20] >> 6, raw[23], raw[24:30])
    numeric = analog.number_format is not factors.NumberFormat.NONE
    # Byte 18 says which thresholds are readable; their values follow from the top down at 36.
    values = tuple(reversed(raw[36:42]))
    given = tuple((THRESHOLDS[bit], values[bit]) for bit in range(6) if raw[18] >> bit & 1)
    return SensorRecord(
        owner=raw[5],
        lun=raw[6] & 0x3,
        number=raw[7],
        entity=raw[8],
        instance=raw[9],
        sensor_type=raw[12],
        reading_type=raw[13],
        name=_name(raw, 47),
        unit=_unit(raw),
        factors=analog if numeric else None,
        thresholds=given if raw[13] == 1 and raw[11] & 0x0C else (),
    )


def _compact(raw: bytes) -> tuple[SensorRecord, ...]:
    base = _name(raw, 31)
    count = raw[23] & 0xF or 1
    alpha = (raw[23] >> 4 & 0x3) == 1
    first = raw[24] & 0x7F
    shared_instance = bool(raw[24] & 0x80)

    def suffix(index: int) -> str:
        if count == 1:
            return ""
        return chr(ord("A") + (first + index) % 26) if alpha else str(first + index)

    return tuple(
        SensorRecord(
            owner=raw[5],
            lun=raw[6] & 0x3,
            number=raw[7] + index & 0xFF,
            entity=raw[8],
            instance=raw[9] + (index if shared_instance else 0) & 0xFF,
            sensor_type=raw[12],
            reading_type=raw[13],
            name=base + suffix(index),
            unit=_unit(raw),
        )
        for index in range(count)
    )


def _event_only(raw: bytes) -> SensorRecord:
    return SensorRecord(
        owner=raw[5],
        lun=raw[6] & 0x3,
        number=raw[7],
        entity=raw[8],
        instance=raw[9],
        sensor_type=raw[10],
        reading_type=raw[11],
        name=_name(raw, 16),
        readable=False,
    )


def _fru(raw: bytes) -> FruLocator:
    return FruLocator(
        device=raw[6],
        logical=bool(raw[7] & 0x80),
        lun=raw[7] >> 3 & 0x3,
        owner=raw[5],
        name=_name(raw, 15),
    )
