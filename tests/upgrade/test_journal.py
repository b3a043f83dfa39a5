from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upgrade.events import NEWER, WHOLE, event, histories
from upgrade.journal import (
    Event,
    Journal,
    JournalDamaged,
    JournalFailed,
    Kind,
    OutOfOrder,
    misfit,
    parse,
    to_line,
)


@given(histories(), st.data())
def test_a_power_cut_anywhere_leaves_a_prefix_of_what_was_written(
    events: tuple[Event, ...], data: st.DataObject
) -> None:
    lines = [to_line(one) for one in events]
    raw = b"".join(lines)
    cut = data.draw(st.integers(0, len(raw)))
    whole = sum(len(b"".join(lines[: i + 1])) <= cut for i in range(len(lines)))
    assert parse(raw[:cut]) == events[:whole]


@given(histories().filter(bool), st.data())
def test_a_changed_byte_is_never_taken_for_another_event(
    events: tuple[Event, ...], data: st.DataObject
) -> None:
    raw = bytearray(b"".join(map(to_line, events)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        left = parse(bytes(raw))
    except JournalDamaged:
        return
    assert left == events[: len(left)]


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_damage(raw: bytes) -> None:
    try:
        parse(raw)
    except JournalDamaged as error:
        assert "line" in str(error)


def test_what_is_appended_is_read_and_survives_a_torn_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "upgrade" / "journal")
    assert journal.read() == ()
    for one in WHOLE[:2]:
        journal.append(one)
    with journal.path.open("ab") as file:
        file.write(to_line(WHOLE[2])[:25])
    assert journal.read() == WHOLE[:2]
    journal.append(WHOLE[2])
    assert journal.read() == WHOLE
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_it_is_synced_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    Journal(tmp_path / "journal").append(WHOLE[0])
    assert synced == ["journal", tmp_path.name]


def test_damage_in_the_middle_is_refused_with_its_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.path.write_bytes(to_line(WHOLE[0]) + b"\0" * 20 + b"\n" + to_line(WHOLE[2]))
    with pytest.raises(JournalDamaged, match="is damaged in line 2"):
        journal.read()
    before = journal.path.read_bytes()
    with pytest.raises(JournalDamaged):
        journal.append(WHOLE[0])
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ((), Kind.STEP, "no upgrade is under way"),
        (WHOLE[:1], Kind.STARTED, "another upgrade is not finished"),
        (WHOLE, Kind.COMMITTED, "no upgrade is under way"),
    ],
)
def test_what_cannot_follow_is_not_written(
    tmp_path: Path, before: tuple[Event, ...], after: Kind, problem: str
) -> None:
    journal = Journal(tmp_path / "journal")
    for one in before:
        journal.append(one)
    with pytest.raises(OutOfOrder, match=problem):
        journal.append(event(after))
    assert journal.read() == before


def test_a_step_of_another_upgrade_cannot_follow() -> None:
    assert "from 14.2.3-027 to 14.2.3-031" in misfit(WHOLE[0], event(Kind.STEP, target=NEWER))


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalFailed, match="cannot be read"):
        Journal(tmp_path).read()
