"""Every dialogue of `scenarios` goes as recorded, and docs/console.md shows what is recorded."""

import time
from pathlib import Path

import pytest

from gateway.console.reference import MARK, markdown
from gateway.console.table import commands
from tests.gateway.console.scenarios import GOLDEN, PAGE, SCENARIOS, Scenario, play

# What these print is what the machine they run on is made of; docs/hardware.md and docs/upgrade.md show it.
WITHOUT = {"ipcheck", "hwinfo", "health", "upgrade", "revert"}
# They end the session, need another program's terminal, or send mail: `test_…` of their own.
ELSEWHERE = {
    "nslookup",
    "telnet",
    "mailconfig",
    "reboot",
    "shutdown",
    "shell",
    "showconfig",
    "supportrequest",
}


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.command)
def test_a_dialogue_goes_as_recorded(scenario: Scenario, tmp_path: Path) -> None:
    text, _ = play(scenario, tmp_path)
    assert text == (GOLDEN / f"{scenario.command}.txt").read_text()


def test_every_command_has_a_dialogue() -> None:
    assert {scenario.command for scenario in SCENARIOS} == set(commands()) - WITHOUT - ELSEWHERE


def test_every_command_is_in_the_page() -> None:
    page = PAGE.read_text()
    for name in commands():
        assert f"### {name}\n" in page
    fresh = page.partition(MARK)[2] == "\n" + markdown(GOLDEN)
    assert fresh, "run `python -m tests.gateway.console.scenarios`: it writes docs/console.md anew"


def test_nothing_is_recorded_that_nobody_plays() -> None:
    played = {scenario.command for scenario in SCENARIOS}
    assert {path.stem for path in GOLDEN.iterdir()} == played
