"""The words of IPMI: sensor types, states, units, entities, chassis kinds.

The tables are pyghmi's. They are imported when a word is first needed (its constants alone are 1,900 lines).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any


class Severity(StrEnum):
    """How bad a state is. Ordered: `worst` takes the last of these."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


def worst(severities: list[Severity]) -> Severity:
    """The worst of these; ok if there is none."""
    return max(severities, key=lambda severity: severity.rank, default=Severity.OK)


class SensorType(IntEnum):
    """Sensor type codes the code acts upon (IPMI 2.0, table 42-3)."""

    TEMPERATURE = 0x01
    VOLTAGE = 0x02
    CURRENT = 0x03
    FAN = 0x04
    POWER_SUPPLY = 0x08
    POWER_UNIT = 0x09
    DRIVE_SLOT = 0x0D
    WATCHDOG = 0x23


@dataclass(frozen=True, slots=True)
class State:
    """An asserted state of a sensor: its offset in the sensor type's table, the words, and how bad it is."""

    offset: int
    text: str
    severity: Severity


@cache
def _constants() -> Any:
    from pyghmi.ipmi.private import constants

    return constants


@cache
def _units() -> dict[int, str]:
    from pyghmi.ipmi.sdr import unit_types

    return dict(unit_types)


@cache
def _chassis_kinds() -> dict[int, str]:
    from pyghmi.ipmi.fru import enclosure_types

    return dict(enclosure_types)


def _severity(health: int) -> Severity:
    return {0: Severity.OK, 1: Severity.WARNING, 2: Severity.CRITICAL}.get(health, Severity.FAILED)


def state(reading_type: int, sensor_type: int, offset: int, *, deasserted: bool = False) -> State:
    """State or event number `offset` (0 to 14) of a sensor, in words."""
    tables = _constants()
    if reading_type == 0x6F:
        entry = tables.sensor_type_offsets.get(sensor_type, {}).get(offset)
    else:
        entry = tables.generic_type_offsets.get(reading_type, {}).get(offset)
    if entry is None:
        return State(offset, f"state {offset} (type {sensor_type:#04x}/{reading_type:#04x})", Severity.OK)
    if deasserted:
        words = entry.get("deassertion_desc") or f"{entry['desc']} (no longer)"
        return State(offset, words, _severity(entry.get("deassertion_severity", 0)))
    return State(offset, entry["desc"], _severity(entry["severity"]))


def knows(reading_type: int, sensor_type: int, offset: int) -> bool:
    """Whether the specification gives that state a meaning."""
    tables = _constants()
    if reading_type == 0x6F:
        return offset in tables.sensor_type_offsets.get(sensor_type, {})
    return offset in tables.generic_type_offsets.get(reading_type, {})


def sensor_type_name(code: int) -> str:
    return str(_constants().sensor_type_codes.get(code, f"type {code:#04x}"))


def entity_name(code: int) -> str:
    return str(_constants().entity_ids.get(code, f"entity {code}"))


def unit_name(code: int) -> str:
    """Short form of a sensor unit (IPMI 2.0, table 43-15); rpm in lower case, as everywhere here."""
    name = _units().get(code, f"unit {code}")
    return "rpm" if name == "RPM" else name


def chassis_kind(code: int) -> str:
    return _chassis_kinds().get(code, f"chassis type {code:#04x}")
