"""Sensor records, FRU memories and log entries as bytes, for the tests and the simulated BMC."""

from __future__ import annotations

import struct

LATIN_STRING = 0xC0


def _with_header(record_id: int, kind: int, body: bytes) -> bytes:
    return struct.pack("<HBBB", record_id, 0x51, kind, len(body)) + body


def full(
    number: int,
    name: str,
    *,
    sensor_type: int = 0x01,
    unit: int = 1,
    m: int = 1,
    b: int = 0,
    exponents: int = 0,
    number_format: int = 0,
    linearisation: int = 0,
    thresholds: bytes = b"\x60\x5a\x50\x00\x00\x00",
    readable: int = 0x38,
    reading_type: int = 0x01,
    owner: int = 0x20,
) -> bytes:
    """A full record (43.1). `thresholds` from upper non-recoverable down to lower non-critical."""
    body = bytes([owner, 0, number, 7, 1, 0x7F, 0x68, sensor_type, reading_type])
    body += struct.pack("<HH", 0, 0) + bytes([readable, readable])
    body += bytes(
        [number_format << 6, unit, 0, linearisation, m & 0xFF, m >> 2 & 0xC0, b & 0xFF, b >> 2 & 0xC0, 0]
    )
    body += bytes([exponents, 0, 0, 0, 0, 0xFF, 0]) + thresholds + bytes(5)
    return _with_header(number, 0x01, body + _string(name))


def compact(number: int, name: str, *, sensor_type: int = 0x08, share: int = 1, owner: int = 0x20) -> bytes:
    """A compact record (43.2) of a sensor-specific discrete sensor."""
    body = bytes([owner, 0, number, 10, 1, 0x67, 0x40, sensor_type, 0x6F])
    body += struct.pack("<HHH", 0xFF, 0xFF, 0xFF) + bytes([0xC0, 0, 0, share, 0x81, 0, 0, 0, 0, 0, 0])
    return _with_header(number, 0x02, body + _string(name))


def fru_locator(record_id: int, device: int, name: str) -> bytes:
    """A FRU device locator (43.8) of a logical device behind the BMC."""
    return _with_header(record_id, 0x11, bytes([0x20, device, 0x80, 0, 0, 0x10, 0, 10, 1, 0]) + _string(name))


def _string(name: str) -> bytes:
    raw = name.encode("latin-1")
    return bytes([LATIN_STRING | len(raw)]) + raw


def fru(chassis: tuple[str, ...], board: tuple[str, ...], product: tuple[str, ...]) -> bytes:
    """A FRU memory with the three areas."""
    areas = [
        _area(b"\x17", chassis),
        _area(b"\x00" + (12_000_000).to_bytes(3, "little"), board),
        _area(b"\x00", product),
    ]
    offsets, at = [], 1
    for area in areas:
        offsets.append(at)
        at += len(area) // 8
    header = bytes([1, 0, *offsets, 0, 0])
    return header + bytes([-sum(header) & 0xFF]) + b"".join(areas)


def _area(fixed: bytes, fields: tuple[str, ...]) -> bytes:
    body = fixed + b"".join(_string(field) for field in fields) + b"\xc1"
    size = -(-(len(body) + 3) // 8) * 8
    area = (bytes([1, size // 8]) + body).ljust(size - 1, b"\0")
    return area + bytes([-sum(area) & 0xFF])


def event(
    number: int,
    *,
    sensor_type: int = 0x01,
    event_type: int = 0x01,
    data: bytes = b"\x59\x5f\x5a",
    at: int = 1,
) -> bytes:
    """A 16-byte log entry, record id 0: by default "upper critical, 95 over 90"."""
    return struct.pack("<HBI", 0, 0x02, 1_700_000_000 + at) + bytes(
        [0x20, 0x00, 0x04, sensor_type, number, event_type, *data]
    )
