"""From when on a value counts as a warning or a failure: defaults, and a site's own in TOML.

[temperature]               # °C; without them the BMC's own limits alone decide
warning = 75
failed = 90
[temperature.sensors.INLET_TEMP]
warning = 35
[fan]
minimum = 1000              # rpm; 0 rpm has always failed
[power]
supplies = 2                # how many must be healthy; 0: all that are installed
[memory]                    # per cent in use
shortage = 90
full = 97
[load]                      # load average over 15 minutes, per processor
warning = 4.0
[disk]
temperature = 60            # °C
wear = 90                   # per cent of an SSD's life
[areas]
warning = 75                # per cent: the lowest of the alerts at 75, 85 and 95 that is a warning
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mailward.errors import BadInput

# Where a site keeps its own.
THRESHOLDS_FILE = Path("/configuration/health.toml")


class BadThresholds(BadInput):
    key = "health.thresholds"
    sentence = "{path} is no file of health thresholds: {detail}"
    remedy = "See `mailward hw health --help` for the names; without the file the defaults hold"


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper limits; None where none is set."""

    warning: float | None = None
    failed: float | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """See the module for units."""

    temperature: Limits = Limits()
    sensors: Mapping[str, Limits] = field(default_factory=dict)
    fan_minimum: float = 0.0
    supplies: int = 0
    memory_shortage: float = 90.0
    memory_full: float = 97.0
    load_warning: float = 4.0
    disk_temperature: float = 60.0
    disk_wear: float = 90.0
    areas_warning: float = 75.0

    def temperature_of(self, name: str) -> Limits:
        return self.sensors.get(name, self.temperature)


# (section, key) of the file -> field.
_PLACES = {
    ("fan", "minimum"): "fan_minimum",
    ("power", "supplies"): "supplies",
    ("memory", "shortage"): "memory_shortage",
    ("memory", "full"): "memory_full",
    ("load", "warning"): "load_warning",
    ("disk", "temperature"): "disk_temperature",
    ("disk", "wear"): "disk_wear",
    ("areas", "warning"): "areas_warning",
}
_SECTIONS = {"temperature", *(section for section, _ in _PLACES)}


def load(path: Path = THRESHOLDS_FILE) -> Thresholds:
    """A site's thresholds; the defaults if there is no such file. Raises `BadThresholds`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Thresholds()
    except (OSError, UnicodeDecodeError) as error:
        raise BadThresholds(path=path, detail=str(error)) from error
    try:
        return parse(text)
    except ValueError as error:
        raise BadThresholds(path=path, detail=str(error)) from error


def parse(text: str) -> Thresholds:
    """Raises ValueError for what is not TOML, unknown names, and values that are no numbers."""
    document = tomllib.loads(text)
    values: dict[str, Any] = {}
    for section, table in document.items():
        if section not in _SECTIONS or not isinstance(table, dict):
            raise ValueError(f"unknown section [{section}]")
        if section == "temperature":
            sensors = table.pop("sensors", {})
            if not isinstance(sensors, dict):
                raise ValueError("[temperature.sensors] is no table")
            values["temperature"] = _limits(table, "temperature")
            values["sensors"] = {
                name: _limits(limits, f"temperature.sensors.{name}") for name, limits in sensors.items()
            }
            continue
        for key, value in table.items():
            if (section, key) not in _PLACES:
                raise ValueError(f"unknown name {section}.{key}")
            values[_PLACES[section, key]] = _number(value, f"{section}.{key}")
    return Thresholds(**values)


def _limits(table: Any, place: str) -> Limits:
    if not isinstance(table, dict):
        raise ValueError(f"[{place}] is no table")
    if unknown := set(table) - {item.name for item in fields(Limits)}:
        raise ValueError(f"unknown name {place}.{min(unknown)}")
    limits = Limits(**{key: _number(value, f"{place}.{key}") for key, value in table.items()})
    if limits.warning is not None and limits.failed is not None and limits.warning > limits.failed:
        raise ValueError(f"[{place}] warns above where it fails")
    return limits


def _number(value: Any, place: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1_000_000:
        raise ValueError(f"{place} is no number from 0 on")
    return value
