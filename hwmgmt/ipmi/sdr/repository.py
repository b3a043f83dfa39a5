"""Fetching the records of a BMC: all of them, whole, once, and from a cache the next time.

Reading 150 records through a KCS interface takes seconds, and they change only when the firmware does.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.ipmi import device
from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut
from hwmgmt.ipmi.sdr.records import BadRecord, FruLocator, Record, SensorRecord, decode
from hwmgmt.reading import Reason

# Where an appliance keeps the records between calls.
CACHE = Path("/run/mailward/sdr")

END = 0xFFFF
HEADER = 5
WHOLE = 0xFF
# What to fall back to when a BMC cannot return a whole record: KCS buffers of 32 to 40 bytes are common.
CHUNK = 24
SMALLEST_CHUNK = 8
# More records than any board has; ends a repository that links in circles through ever new ids.
MOST_RECORDS = 4096
MOST_RETRIES = 8

_TOO_MUCH = {0xC6, 0xC7, 0xC8, 0xCA}
_RESERVATION_LOST = 0xC5


@dataclass(frozen=True, slots=True)
class BadEntry:
    """A record that could not be had or decoded, and why."""

    record_id: int
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Repository:
    """What a BMC says it has. `bad` lists what is missing from it; the rest is still good."""

    records: tuple[Record, ...]
    bad: tuple[BadEntry, ...] = ()

    @property
    def sensors(self) -> tuple[SensorRecord, ...]:
        return tuple(record for record in self.records if isinstance(record, SensorRecord))

    @property
    def frus(self) -> tuple[FruLocator, ...]:
        return tuple(record for record in self.records if isinstance(record, FruLocator))


@dataclass(frozen=True, slots=True)
class _Commands:
    """The two places records come from have the same commands under other numbers."""

    netfn: int
    info: int
    get: int
    reserve: int


REPOSITORY = _Commands(Netfn.STORAGE, info=0x20, get=0x23, reserve=0x22)
DEVICE = _Commands(Netfn.SENSOR, info=0x20, get=0x21, reserve=0x22)


def read(
    bmc: Bmc,
    *,
    cache: Path | None = None,
    owner: str = "",
    progress: Callable[[int], None] | None = None,
) -> Repository:
    """All records. Raises `NoAnswer` only when not even their source answers; else the rest is in `bad`.

    `cache` is a folder only its user can write (created if missing); a stale or damaged file in it is
    ignored. `owner` tells machines of one make apart in it. `progress` is called with the number of
    records so far.
    """
    identity = device.read(bmc)
    source = DEVICE if identity.has_device_sdrs and "sdr" not in identity.supports else REPOSITORY
    info = bmc.ask(source.netfn, source.info)
    key = _key(owner, identity, info) if source is REPOSITORY else None
    if cache and key and (kept := _load(cache, key)):
        return _decoded(kept, [])
    raw: dict[int, bytes] = {}
    bad: list[BadEntry] = []
    for record_id, data in _walk(bmc, source):
        if isinstance(data, bytes):
            raw[record_id] = data
        else:
            bad.append(data)
        if progress:
            progress(len(raw))
    if cache and key and not bad:
        _save(cache, key, raw)
    return _decoded(raw, bad)


def _decoded(raw: dict[int, bytes], bad: list[BadEntry]) -> Repository:
    records: list[Record] = []
    for record_id, data in raw.items():
        try:
            records.extend(decode(data))
        except BadRecord as error:
            bad.append(BadEntry(record_id, Reason.MALFORMED, str(error)))
    return Repository(tuple(records), tuple(bad))


def _walk(bmc: Bmc, source: _Commands) -> Iterator[tuple[int, bytes | BadEntry]]:
    record_id = 0
    seen: set[int] = set()
    fetch = _Fetcher(bmc, source)
    while record_id != END:
        if record_id in seen or len(seen) >= MOST_RECORDS:
            yield record_id, BadEntry(record_id, Reason.MALFORMED, "the records link in a circle")
            return
        seen.add(record_id)
        try:
            following, data = fetch.record(record_id)
        except NoAnswer as error:
            # The number of the next record was in the answer that did not come.
            yield record_id, BadEntry(record_id, error.reason, error.detail)
            return
        yield record_id, data
        record_id = following


class _Fetcher:
    """Reads single records, in the largest pieces the BMC turns out to stand."""

    def __init__(self, bmc: Bmc, source: _Commands) -> None:
        self._bmc = bmc
        self._source = source
        self._chunk = WHOLE
        self._reservation = 0

    def record(self, record_id: int) -> tuple[int, bytes]:
        """(id of the next record, bytes of this one)."""
        for _ in range(MOST_RETRIES):
            try:
                if self._chunk == WHOLE:
                    return self._piece(record_id, 0, WHOLE)
                return self._in_pieces(record_id)
            except NoAnswer as error:
                if error.code == _RESERVATION_LOST:
                    self._reserve()
                elif error.code in _TOO_MUCH and self._chunk > SMALLEST_CHUNK:
                    self._chunk = CHUNK if self._chunk == WHOLE else self._chunk // 2
                    self._reserve()
                else:
                    raise
        raise NoAnswer(Reason.TIMEOUT, f"record {record_id:#06x}: reservation lost {MOST_RETRIES} times")

    def _in_pieces(self, record_id: int) -> tuple[int, bytes]:
        following, data = self._piece(record_id, 0, HEADER)
        total = HEADER + cut(data, HEADER, "record header")[4]
        while len(data) < total:
            _, more = self._piece(record_id, len(data), min(self._chunk, total - len(data)))
            if not more:
                break
            data += more
        return following, data

    def _piece(self, record_id: int, offset: int, length: int) -> tuple[int, bytes]:
        request = struct.pack("<HHBB", self._reservation, record_id, offset, length)
        answer = self._bmc.ask(self._source.netfn, self._source.get, request)
        head = cut(answer, 2, "sensor record")
        data = answer[2:] if length == WHOLE else answer[2 : 2 + length]
        return int.from_bytes(head, "little"), data

    def _reserve(self) -> None:
        answer = cut(self._bmc.ask(self._source.netfn, self._source.reserve), 2, "reservation")
        self._reservation = int.from_bytes(answer, "little")


def _key(owner: str, identity: device.DeviceId, info: bytes) -> str | None:
    """What a cached copy is valid for: BMC, firmware, times of change; None if the BMC keeps no times."""
    if len(info) < 13 or set(info[5:13]) <= {0x00} or set(info[5:13]) <= {0xFF}:
        return None
    make = (identity.manufacturer, identity.product, identity.device_id, identity.firmware)
    parts = (owner, *make, info[:13].hex())
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def _load(folder: Path, key: str) -> dict[int, bytes] | None:
    try:
        kept = json.loads((folder / f"sdr-{key}.json").read_text(encoding="ascii"))
        return {int(record_id): bytes.fromhex(data) for record_id, data in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        # No copy, or one that was damaged: the BMC has the original.
        return None


def _save(folder: Path, key: str, raw: dict[int, bytes]) -> None:
    """Keep a copy, whole or not at all. A folder that cannot be written to only costs time."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / f".sdr-{key}.{os.getpid()}"
        fresh.write_text(
            json.dumps({record_id: data.hex() for record_id, data in raw.items()}), encoding="ascii"
        )
        fresh.replace(folder / f"sdr-{key}.json")
    except OSError:
        return
