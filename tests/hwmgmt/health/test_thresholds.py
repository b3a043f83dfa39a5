from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.health.thresholds import BadThresholds, Limits, Thresholds, load, parse

SITE = """
[temperature]
warning = 75
failed = 90
[temperature.sensors.INLET_TEMP]
warning = 35
[fan]
minimum = 1000
[power]
supplies = 2
[memory]
shortage = 80
full = 95
[load]
warning = 2.5
[disk]
temperature = 55
wear = 80
[areas]
warning = 85
"""


def test_a_sites_own() -> None:
    found = parse(SITE)
    assert found.temperature_of("CPU") == Limits(75, 90)
    assert found.temperature_of("INLET_TEMP") == Limits(35)
    assert found.areas_warning == 85
    assert (found.fan_minimum, found.supplies, found.load_warning) == (1000, 2, 2.5)
    assert (found.memory_shortage, found.memory_full, found.disk_temperature, found.disk_wear) == (
        80,
        95,
        55,
        80,
    )


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == Thresholds() == parse("")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[temprature]\nwarning = 1", "unknown section"),
        ("[fan]\nmin = 1", "fan.min"),
        ("[fan]\nminimum = 'many'", "no number"),
        ("[fan]\nminimum = true", "no number"),
        ("[fan]\nminimum = -1", "no number"),
        ("[temperature]\nwarning = 90\nfailed = 80", "warns above"),
        ("[temperature]\nwarnig = 90", "temperature.warnig"),
        ("[temperature.sensors]\nX = 1", "no table"),
        ("not toml", ""),
        ("[temperature]\nsensors = 3", "no table"),
    ],
)
def test_mistakes_are_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "health.toml").write_text(text)
    with pytest.raises(BadThresholds) as caught:
        load(tmp_path / "health.toml")
    assert words in caught.value.explain()


@given(st.text(max_size=60))
def test_any_text_is_thresholds_or_a_value_error(text: str) -> None:
    try:
        parse(text)
    except ValueError:
        return
