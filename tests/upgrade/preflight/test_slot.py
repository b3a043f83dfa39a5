from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.reading import Reading, Reason, known, missing
from upgrade.preflight.check import CannotTell, Severity
from upgrade.preflight.slot import VARIABLE, BootFacts, judge, parse_variable, plain, read_boot

NAME = "mailward_14.2.3-027.efi"
OTHER = "mailward_14.2.1-020.efi"


def variable(name: str) -> bytes:
    return b"\x06\0\0\0" + (name + "\0").encode("utf-16-le")


def facts(selected: str, *entries: str) -> BootFacts:
    return BootFacts(known(selected), known(entries))


@pytest.mark.parametrize(
    ("boot", "severity", "said"),
    [
        (facts(NAME, OTHER, NAME), Severity.PASS, "is blessed"),
        (facts("MAILWARD_14.2.3-027.EFI", NAME), Severity.PASS, "is blessed"),
        # The other slot's trial is no concern of the running one.
        (facts(NAME, "mailward_14.2.3-031+3.efi", NAME), Severity.PASS, "is blessed"),
        (facts(NAME, "mailward_14.2.3-027+2-1.efi"), Severity.BLOCK, "1 tries made, 2 left"),
        (facts("mailward_14.2.3-027+3.efi", "mailward_14.2.3-027+2-1.efi"), Severity.BLOCK, "on trial still"),
        (facts(NAME, "mailward_14.2.3-027+3.efi"), Severity.BLOCK, "0 tries made, 3 left"),
        (facts(NAME, NAME, "mailward_14.2.3-027+3.efi"), Severity.BLOCK, "twice"),
    ],
)
def test_the_running_entry(boot: BootFacts, severity: Severity, said: str) -> None:
    answer = judge(boot)
    assert answer.severity is severity
    assert said in answer.finding


@pytest.mark.parametrize(
    "boot",
    [
        facts(NAME, OTHER),
        BootFacts(missing(Reason.ABSENT, "no variable"), known((NAME,))),
        BootFacts(known(NAME), missing(Reason.DENIED, "no ESP")),
    ],
)
def test_what_is_not_known(boot: BootFacts) -> None:
    with pytest.raises(CannotTell):
        judge(boot)


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("a+3.efi", "a.efi"),
        ("a+0-3.EFI", "a.efi"),
        ("a+b.efi", "a+b.efi"),
        ("a+3", "a+3"),
        ("A.conf", "a.conf"),
    ],
)
def test_the_counter_is_at_the_end_of_the_name(name: str, without: str) -> None:
    assert plain(name) == without


def test_read_from_a_machine(tmp_path: Path) -> None:
    place = tmp_path / VARIABLE
    place.parent.mkdir(parents=True)
    place.write_bytes(variable(NAME))
    entries = tmp_path / "efi/EFI/Linux"
    entries.mkdir(parents=True)
    (entries / NAME).touch()
    assert read_boot(tmp_path, "/efi") == facts(NAME, NAME)
    place.unlink()
    assert read_boot(tmp_path, "/efi").selected.reason is Reason.ABSENT


@given(st.binary(max_size=60))
def test_any_variable_is_a_name_or_malformed(raw: bytes) -> None:
    found: Reading[str] = parse_variable(raw)
    assert found.reason in (Reason.OK, Reason.MALFORMED)
    assert found.value is None or (found.value and found.value.isprintable())
