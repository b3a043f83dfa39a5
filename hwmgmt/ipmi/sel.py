"""The system event log (IPMI 2.0, chapters 31 and 32), entry by entry.

A log of 1,200 entries takes a slow BMC a quarter of a minute. So there is no deadline on the whole log: each
entry has one, entries are handed on as they come, and what was read before the BMC fell silent is kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from hwmgmt.ipmi import vocabulary
from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut
from hwmgmt.ipmi.sdr.records import SensorRecord
from hwmgmt.ipmi.vocabulary import Severity
from hwmgmt.reading import Reading, Reason, known, missing

FIRST = 0x0000
LAST = 0xFFFF
ENTRY = 16
MOST_ENTRIES = 0x10000
# A time below this counts seconds since the BMC started (IPMI 2.0, 37.1): its clock was not set yet.
CLOCK_SET = 0x20000000
_NOT_PRESENT = 0xCB
_ERASE_POLLS = 20


class EntryKind(StrEnum):
    SYSTEM = "system"
    OEM_TIMED = "oem, timed"
    OEM = "oem"


@dataclass(frozen=True, slots=True)
class SelInfo:
    """How full the log is. `free` in bytes (an entry has 16); times are None if never."""

    entries: int
    free: int
    last_add: datetime | None
    last_erase: datetime | None
    overflow: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `time` is UTC; None when the clock was not set, then `uptime_s` has seconds since BMC start.

    `value` and `limit` (threshold events) are in `unit`, or raw if the sensor's record is not known.
    """

    record_id: int
    kind: EntryKind
    time: datetime | None
    uptime_s: int | None
    sensor: str
    sensor_kind: str
    text: str
    asserted: bool
    severity: Severity
    value: float | None
    limit: float | None
    unit: str
    raw: bytes


Sensors = dict[tuple[int, int, int], SensorRecord]


def by_address(records: Iterable[SensorRecord]) -> Sensors:
    """Records to look sensors of events up in: (owner, lun, number)."""
    return {(record.owner, record.lun, record.number): record for record in records}


def info(bmc: Bmc) -> SelInfo:
    """Raises `NoAnswer`."""
    raw = cut(bmc.ask(Netfn.STORAGE, 0x40), 14, "event log info")
    _, entries, free, added, erased, support = struct.unpack("<BHHIIB", raw)
    return SelInfo(entries, free, _clock(added), _clock(erased), bool(support & 0x80))


def entries(bmc: Bmc, sensors: Sensors | None = None, *, start: int = FIRST) -> Iterator[Reading[Event]]:
    """The log from record `start` on, oldest first, each entry as it arrives. Raises nothing.

    A malformed entry is a reading without value in between; if the BMC stops answering, or the log links in a
    circle, the last reading says so.
    """
    record_id = start
    seen: set[int] = set()
    while True:
        if len(seen) >= MOST_ENTRIES:
            yield missing(Reason.MALFORMED, "the log has no end")
            return
        try:
            answer = bmc.ask(Netfn.STORAGE, 0x43, struct.pack("<HHBB", 0, record_id, 0, 0xFF))
            following = int.from_bytes(cut(answer, 2, "event log entry"), "little")
        except NoAnswer as error:
            # "Not present" at the first record is how an empty log says so.
            if not (error.code == _NOT_PRESENT and record_id == FIRST):
                yield missing(error.reason, f"entry {record_id:#06x}: {error.detail}")
            return
        seen.add(record_id)
        yield decode(answer[2:], sensors or {})
        if following == LAST:
            return
        if following in seen:
            yield missing(Reason.MALFORMED, f"the log links in a circle at {following:#06x}")
            return
        record_id = following


def clear(bmc: Bmc) -> None:
    """Erase the log and wait until it says it is done. Raises `NoAnswer`."""
    reservation = cut(bmc.ask(Netfn.STORAGE, 0x42), 2, "reservation")
    action = 0xAA
    for _ in range(_ERASE_POLLS):
        progress = cut(bmc.ask(Netfn.STORAGE, 0x47, reservation + b"CLR" + bytes([action])), 1, "erasure")
        if progress[0] & 0xF == 1:
            return
        action = 0x00
    raise NoAnswer(Reason.TIMEOUT, "the event log is still being erased")


def add(bmc: Bmc, entry: bytes) -> int:
    """Append a 16-byte entry (its id and time are the BMC's to fill in); answers the new record id."""
    if len(entry) != ENTRY:
        raise ValueError(f"an entry has {ENTRY} bytes, not {len(entry)}")
    return int.from_bytes(cut(bmc.ask(Netfn.STORAGE, 0x44, entry), 2, "new entry"), "little")


def _clock(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if CLOCK_SET <= seconds < 0xFFFFFFFF else None


def decode(raw: bytes, sensors: Sensors) -> Reading[Event]:
    """A 16-byte entry; bytes behind those are ignored."""
    if len(raw) < ENTRY:
        return missing(Reason.MALFORMED, f"an entry of {len(raw)} bytes instead of {ENTRY}")
    raw = raw[:ENTRY]
    record_id = int.from_bytes(raw[:2], "little")
    kind = raw[2]
    if kind == 0xF0:
        # The Linux driver leaves the words of a kernel panic here.
        words = raw[5:].partition(b"\0")[0].decode("ascii", "replace")
        return known(_plain(record_id, EntryKind.OEM, raw, f"Linux kernel panic: {words}", Severity.CRITICAL))
    if kind >= 0xE0:
        return known(_plain(record_id, EntryKind.OEM, raw, f"vendor data {raw[3:].hex(' ')}", Severity.OK))
    if kind >= 0xC0:
        maker = int.from_bytes(raw[7:10], "little")
        words = f"vendor {maker}: {raw[10:].hex(' ')}"
        return known(_plain(record_id, EntryKind.OEM_TIMED, raw, words, Severity.OK, timed=True))
    return known(_event(record_id, raw, sensors))


def _plain(
    record_id: int, kind: EntryKind, raw: bytes, words: str, severity: Severity, *, timed: bool = False
) -> Event:
    seconds = int.from_bytes(raw[3:7], "little")
    return Event(
        record_id=record_id,
        kind=kind,
        time=_clock(seconds) if timed else None,
        uptime_s=seconds if timed and seconds < CLOCK_SET else None,
        sensor="",
        sensor_kind="",
        text=words,
        asserted=True,
        severity=severity,
        value=None,
        limit=None,
        unit="",
        raw=raw,
    )


def _event(record_id: int, raw: bytes, sensors: Sensors) -> Event:
    seconds = int.from_bytes(raw[3:7], "little")
    owner, lun, sensor_type, number = raw[7], raw[8] & 0x3, raw[10], raw[11]
    deasserted, reading_type = bool(raw[12] & 0x80), raw[12] & 0x7F
    offset = raw[13] & 0xF
    record = sensors.get((owner, lun, number))
    state = vocabulary.state(reading_type, sensor_type, offset, deasserted=deasserted)
    value, limit, unit = _numbers(reading_type, raw[13:16], record)
    return Event(
        record_id=record_id,
        kind=EntryKind.SYSTEM,
        time=_clock(seconds),
        uptime_s=seconds if seconds < CLOCK_SET else None,
        sensor=record.name if record else f"sensor {number}",
        sensor_kind=vocabulary.sensor_type_name(sensor_type),
        text=state.text,
        asserted=not deasserted,
        severity=state.severity,
        value=value,
        limit=limit,
        unit=unit,
        raw=raw,
    )


def _numbers(
    reading_type: int, data: bytes, record: SensorRecord | None
) -> tuple[float | None, float | None, str]:
    """Reading and limit of a threshold event (IPMI 2.0, table 29-6): event data 2 and 3, if they are that."""
    if reading_type != 1:
        return None, None, ""
    raw = (data[1] if data[0] >> 6 == 1 else None, data[2] if data[0] >> 4 & 0x3 == 1 else None)
    if record is None or record.factors is None:
        return raw[0], raw[1], "(raw)" if raw != (None, None) else ""
    try:
        convert = record.factors.value
        value, limit = (None if one is None else convert(one) for one in raw)
    except ValueError:
        return raw[0], raw[1], "(raw)"
    return value, limit, record.unit
