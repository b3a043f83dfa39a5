from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway import upgrade_cli
from mailward.errors import ExitStatus
from mailward.version import Version
from tests.hwmgmt.net.fakes import detected
from upgrade.cli import upgrade
from upgrade.journal import Event, Journal, Kind
from upgrade.planner import Wish
from upgrade.preflight import path
from upgrade.preflight.check import Answer, Check, CheckId, Moment, Severity
from upgrade.preflight.machine import Subject

OLD, NEW = Version.parse("14.2.3-027"), Version.parse("14.2.3-031")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Subject]:
    """Only the path is checked, and a warning comes with it; what was asked is kept."""
    kept: list[Subject] = []

    def checks(about: Subject) -> Sequence[Check]:
        kept.append(about)
        return (
            Check(
                CheckId.PATH,
                lambda: path.judge(about.catalogue, Wish(about.source, about.target, None, about.denied())),
            ),
            Check(CheckId.HEALTH, lambda: Answer(Severity.WARN, "a fan is slow", "See to it")),
        )

    monkeypatch.setattr(upgrade_cli, "checks", checks)
    monkeypatch.setattr(upgrade_cli, "detect", lambda root: detected("C690"))
    return kept


def run(tmp_path: Path, words: str) -> Result:
    journal = tmp_path / "journal"
    call = f"preflight --from {OLD} --journal {journal} {words}"
    return CliRunner().invoke(upgrade, call.split(), standalone_mode=False)


def test_warnings_do_not_stop_it(asked: list[Subject], tmp_path: Path) -> None:
    result = run(tmp_path, "--to 14.2.3-031 --json")
    assert result.return_value == ExitStatus.OK
    document = json.loads(result.stdout)
    assert document["verdict"] == "warn"
    assert [one["id"] for one in document["checks"]] == ["path", "health"]
    assert asked[0].moment is Moment.INSTALL


def test_a_block_does_and_the_rest_is_still_shown(asked: list[Subject], tmp_path: Path) -> None:
    result = run(tmp_path, "--to 14.2.1-015 --begin")
    assert result.return_value == ExitStatus.REJECTED
    assert "block  path" in result.stdout and "warn   health" in result.stdout
    assert asked[0].moment is Moment.BEGIN


def test_a_version_that_was_rolled_back_needs_force(asked: list[Subject], tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for kind, detail in ((Kind.STARTED, ""), (Kind.ROLLED_BACK, "no mail flowed")):
        at = datetime(2026, 11, 24, tzinfo=UTC)
        journal.append(Event(at=at, kind=kind, source=OLD, target=NEW, detail=detail))
    result = run(tmp_path, "--to 14.2.3-031")
    assert result.return_value == ExitStatus.REJECTED
    assert "no mail flowed" in " ".join(result.stdout.split())
    assert run(tmp_path, "--to 14.2.3-031 --force").return_value == ExitStatus.OK


def test_a_damaged_journal_blocks_and_stops_no_other_check(asked: list[Subject], tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("{}\n")
    result = run(tmp_path, "--to 14.2.3-031 --json")
    assert result.return_value == ExitStatus.REJECTED
    first, second = json.loads(result.stdout)["checks"]
    assert (first["severity"], first["known"], second["severity"]) == ("block", False, "warn")
    assert "damaged in line 1" in first["finding"]
