"""Field replaceable units: who made the parts, and their serial numbers (IPMI FRU information, revision 1.3).

Each area is decoded for itself: one with a wrong checksum is malformed, the others still count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hwmgmt.ipmi import vocabulary
from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut
from hwmgmt.ipmi.sdr import text
from hwmgmt.ipmi.sdr.records import FruLocator
from hwmgmt.reading import Reading, Reason, known, missing

# An EEPROM of this kind has at most a few KiB; a BMC that says 64 KiB would take minutes through KCS.
MOST_BYTES = 8192
CHUNK = 128
SMALLEST_CHUNK = 8
_TOO_MUCH = {0xC6, 0xC7, 0xC8, 0xC9, 0xCA}
_END_OF_FIELDS = 0xC1
_EPOCH = datetime(1996, 1, 1, tzinfo=UTC)

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Areas:
    """What a part says about itself; an area it does not have is absent."""

    chassis: Reading[Fields]
    board: Reading[Fields]
    product: Reading[Fields]


@dataclass(frozen=True, slots=True)
class Fru:
    """A part; `contents` says why if it cannot be read (a power supply that is not plugged in: absent)."""

    device: int
    name: str
    contents: Reading[Areas]
    raw: bytes = field(default=b"", repr=False)


def read_all(bmc: Bmc, locators: tuple[FruLocator, ...]) -> Iterator[Fru]:
    """The BMC's own part (device 0) and those of the locators behind it. Raises nothing."""
    names = {0: "Builtin FRU"}
    names.update({locator.device: locator.name for locator in locators if locator.logical})
    for device, name in names.items():
        yield read(bmc, device, name)


def read(bmc: Bmc, device: int, name: str = "") -> Fru:
    """One part. Raises nothing."""
    try:
        raw = fetch(bmc, device)
        return Fru(device, name, known(decode(raw)), raw)
    except NoAnswer as error:
        return Fru(device, name, missing(error.reason, error.detail))
    except ValueError as error:
        return Fru(device, name, missing(Reason.MALFORMED, str(error)))


def fetch(bmc: Bmc, device: int) -> bytes:
    """The bytes of a part, `MOST_BYTES` at most. Raises `NoAnswer`."""
    head = cut(bmc.ask(Netfn.STORAGE, 0x10, bytes([device])), 3, "FRU area info")
    by_words = head[2] & 1
    size = min(int.from_bytes(head[:2], "little"), MOST_BYTES)
    raw = b""
    chunk = CHUNK
    while len(raw) < size:
        unit = 2 if by_words else 1
        count = max(min(chunk, size - len(raw)) // unit, 1)
        try:
            answer = bmc.ask(Netfn.STORAGE, 0x11, struct.pack("<BHB", device, len(raw) // unit, count))
        except NoAnswer as error:
            if error.code in _TOO_MUCH and chunk > SMALLEST_CHUNK:
                chunk //= 2
                continue
            if raw:
                # Some BMCs announce more than they have. What came is decoded, and cut areas are found there.
                return raw
            raise
        got = cut(answer, 1, "FRU data")[0] * unit
        if got == 0:
            return raw
        raw += cut(answer, 1 + got, "FRU data")[1:]
    return raw[:size]


def decode(raw: bytes) -> Areas:
    """The areas of a part's memory. Raises ValueError when even its header makes no sense."""
    if len(raw) < 8:
        raise ValueError(f"{len(raw)} bytes have no FRU header")
    if raw[0] & 0xF != 1:
        raise ValueError(f"FRU format version {raw[0] & 0xF} instead of 1 (never written?)")
    if sum(raw[:8]) & 0xFF:
        raise ValueError("the FRU header's checksum is wrong")
    return Areas(_area(raw, raw[2], _chassis), _area(raw, raw[3], _board), _area(raw, raw[4], _product))


@dataclass(frozen=True, slots=True)
class _Layout:
    """An area: where its fields start, and their names."""

    first: int
    names: tuple[str, ...]
    extra: str


_chassis = _Layout(3, ("part number", "serial number"), "chassis extra")
_board = _Layout(
    6, ("manufacturer", "product name", "serial number", "part number", "FRU file"), "board extra"
)
_product = _Layout(
    3,
    (
        "manufacturer",
        "product name",
        "part number",
        "version",
        "serial number",
        "asset tag",
        "FRU file",
    ),
    "product extra",
)


def _area(raw: bytes, eighths: int, layout: _Layout) -> Reading[Fields]:
    start = eighths * 8
    if start == 0:
        return missing(Reason.ABSENT, "the part has no such area")
    if len(raw) < start + 8:
        return missing(Reason.MALFORMED, f"the area at {start} is outside the {len(raw)} bytes there are")
    length = raw[start + 1] * 8
    area = raw[start : start + length]
    if length < 8 or len(area) < length:
        return missing(Reason.MALFORMED, f"the area of {length} bytes is cut off after {len(area)}")
    if area[0] & 0xF != 1:
        return missing(Reason.MALFORMED, f"area format version {area[0] & 0xF} instead of 1")
    if sum(area) & 0xFF:
        return missing(Reason.MALFORMED, "the area's checksum is wrong")
    return known({**_fixed(area, layout), **_fields(area, layout)})


def _fixed(area: bytes, layout: _Layout) -> Fields:
    if layout is _chassis:
        return {"type": vocabulary.chassis_kind(area[2])}
    if layout is _board:
        minutes = int.from_bytes(area[3:6], "little")
        made = (_EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M UTC") if minutes else ""
        return {"manufactured": made} if made else {}
    return {}


def _fields(area: bytes, layout: _Layout) -> Fields:
    found: Fields = {}
    at = layout.first
    # The last byte of an area is its checksum.
    end = len(area) - 1
    index = 0
    # Behind the last field stands C1h; an area without one ends where it ends.
    while at < end and area[at] != _END_OF_FIELDS:
        coding, length = text.split(area[at], 0x3F)
        words = text.decode(coding, area[at + 1 : min(at + 1 + length, end)])
        name = layout.names[index] if index < len(layout.names) else f"{layout.extra} {index}"
        if words:
            found[name] = words
        at += 1 + length
        index += 1
    return found
