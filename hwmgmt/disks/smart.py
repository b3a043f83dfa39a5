"""SMART through `smartctl --json` (smartmontools 7.0 and later), each drive with its own deadline.

Drives are asked side by side, so that one that hangs costs its deadline once and not the others' answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from hwmgmt.program import Runner, run
from hwmgmt.reading import Reading, Reason, known, missing

# smartctl(8), exit status: a bit field.
# Bit 0 is also what it sets when it cannot tell what kind of device that is.
CANNOT_ASK = 1 << 0 | 1 << 1
_PROBLEMS = (
    (1 << 3, "the drive says it is failing"),
    (1 << 4, "a pre-failure attribute is at its threshold"),
    (1 << 6, "errors in the drive's error log"),
    (1 << 7, "errors in the self-test log"),
)

# ATA attributes that count sectors the drive had to replace or cannot read.
_REALLOCATED, _PENDING, _UNCORRECTABLE = 5, 197, 198


@dataclass(frozen=True, slots=True)
class SmartDevice:
    """A drive as smartctl addresses it; `kind` is its -d option, e.g. "sat" or "megaraid,8"."""

    name: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Smart:
    """What a drive says about itself.

    Attributes:
        passed: its own verdict.
        temperature: °C. hours: powered on. wear: per cent of an SSD's life that is used up.
        bad_sectors: replaced, pending and unreadable ones (ATA), grown defects (SCSI), media errors (NVMe).
    """

    device: str
    model: Reading[str]
    serial: Reading[str]
    passed: Reading[bool]
    temperature: Reading[int]
    hours: Reading[int]
    wear: Reading[int]
    bad_sectors: Reading[int]
    problems: tuple[str, ...]


class _Json:
    """A JSON document asked by path; what is not there or of another type is absent."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def at(self, *path: str) -> Any:
        value = self.document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def text(self, *path: str) -> Reading[str]:
        value = self.at(*path)
        if isinstance(value, str) and value.strip():
            return known(value.strip())
        return missing(Reason.ABSENT, f"no {'.'.join(path)}")

    def number(self, *path: str, unit: str = "") -> Reading[int]:
        value = self.at(*path)
        if isinstance(value, int) and not isinstance(value, bool):
            return known(value, unit)
        return missing(Reason.ABSENT, f"no {'.'.join(path)}", unit=unit)

    def flag(self, *path: str) -> Reading[bool]:
        value = self.at(*path)
        return known(value) if isinstance(value, bool) else missing(Reason.ABSENT, f"no {'.'.join(path)}")

    def rows(self, *path: str) -> list[Mapping[str, Any]]:
        value = self.at(*path)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _load(text: str) -> _Json:
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return _Json(document)


def parse_smart(text: str, device: str, status: int = 0) -> Reading[Smart]:
    """What `smartctl --json --all` printed; `status` is its exit status."""
    try:
        report = _load(text)
    except ValueError as error:
        return missing(Reason.MALFORMED, f"smartctl {device}: {error}")
    complaints = [str(row.get("string", "")) for row in report.rows("smartctl", "messages")]
    if status & CANNOT_ASK:
        detail = f"{device}: {'; '.join(complaints) or 'cannot be opened'}"
        return missing(Reason.DENIED if "ermission denied" in detail else Reason.UNSUPPORTED, detail)
    problems = [sentence for bit, sentence in _PROBLEMS if status & bit]
    return known(
        Smart(
            device=device,
            model=_first(report.text("model_name"), report.text("scsi_model_name")),
            serial=report.text("serial_number"),
            passed=report.flag("smart_status", "passed"),
            temperature=report.number("temperature", "current", unit="°C"),
            hours=report.number("power_on_time", "hours", unit="h"),
            wear=_wear(report),
            bad_sectors=_bad_sectors(report),
            problems=tuple(problems),
        )
    )


def _first(one: Reading[str], other: Reading[str]) -> Reading[str]:
    return one if one.ok else other


def _wear(report: _Json) -> Reading[int]:
    for path in (
        ("nvme_smart_health_information_log", "percentage_used"),
        ("endurance_used", "current_percent"),
        ("scsi_percentage_used_endurance_indicator",),
    ):
        if (reading := report.number(*path, unit="%")).ok:
            return reading
    return missing(Reason.UNSUPPORTED, "the drive does not say", unit="%")


def _bad_sectors(report: _Json) -> Reading[int]:
    for path in (("nvme_smart_health_information_log", "media_errors"), ("scsi_grown_defect_list",)):
        if (reading := report.number(*path)).ok:
            return reading
    counts = [
        _Json(row).number("raw", "value").otherwise(0)
        for row in report.rows("ata_smart_attributes", "table")
        if row.get("id") in (_REALLOCATED, _PENDING, _UNCORRECTABLE)
    ]
    return known(sum(counts)) if counts else missing(Reason.UNSUPPORTED, "the drive does not count them")


def parse_scan(text: str) -> tuple[SmartDevice, ...]:
    """Drives in the output of `smartctl --json --scan`. Raises ValueError."""
    rows = _load(text).rows("devices")
    pairs = [(row.get("name"), row.get("type")) for row in rows]
    return tuple(
        SmartDevice(name, kind if isinstance(kind, str) else "")
        for name, kind in pairs
        if isinstance(name, str)
    )


def scan(runner: Runner = run, *, deadline: float = 5.0) -> Reading[tuple[SmartDevice, ...]]:
    """Drives that smartctl finds, those behind a MegaRAID controller too."""
    finished = runner(["smartctl", "--json=c", "--scan"], deadline=deadline)
    if finished.value is None:
        return missing(finished.reason, finished.detail)
    try:
        return known(parse_scan(finished.value.output))
    except ValueError as error:
        return missing(Reason.MALFORMED, f"smartctl --scan: {error}")


def read_smart(
    devices: Sequence[SmartDevice], runner: Runner = run, *, deadline: float = 5.0
) -> dict[SmartDevice, Reading[Smart]]:
    """Ask all drives at once; each has `deadline` seconds."""

    def ask(device: SmartDevice) -> Reading[Smart]:
        kind = ["-d", device.kind] if device.kind else []
        # -n standby: a drive that sleeps is not woken to be asked how it sleeps.
        words = ["smartctl", "--json=c", "--all", "-n", "standby", *kind, device.name]
        finished = runner(words, deadline=deadline)
        if finished.value is None:
            return missing(finished.reason, finished.detail)
        return parse_smart(finished.value.output, device.name, finished.value.status)

    if not devices:
        return {}
    with ThreadPoolExecutor(max_workers=min(16, len(devices))) as pool:
        return dict(zip(devices, pool.map(ask, devices), strict=True))
