"""Counters shared by workers: sums over tables, sliding windows, eviction, one writer per table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.shared import PROBES, Gauges, NoCounters, SharedTable, TableInUse, Windows, key_of

HOUR = 3600


def test_a_count_is_the_sum_over_workers(tmp_path: Path) -> None:
    tables = [SharedTable(tmp_path, worker, 3, slots=64) for worker in range(3)]
    windows = [Windows(table) for table in tables]
    key = key_of("rcpt", b"192.0.2.1")
    for number, window in enumerate(windows):
        window.add(key, number + 1, HOUR, 10.0)
    assert {window.count(key, HOUR, 20.0) for window in windows} == {6}
    assert windows[0].count(key_of("dhap", b"192.0.2.1"), HOUR, 20.0) == 0


def test_the_window_slides(tmp_path: Path) -> None:
    windows = Windows(SharedTable(tmp_path, 0, 1, slots=64))
    windows.add(7, 100, HOUR, 1000.0)
    assert windows.count(7, HOUR, 3599.0) == 100
    assert windows.count(7, HOUR, 3600.0) == 100
    assert windows.count(7, HOUR, 5400.0) == 50
    windows.add(7, 10, HOUR, 5400.0)
    assert windows.count(7, HOUR, 5400.0) == 60
    assert windows.count(7, HOUR, 7200.0) == 10
    assert windows.count(7, HOUR, 10_800.0) == 0
    windows.add(7, 1, HOUR, 50_000.0)
    assert windows.count(7, HOUR, 50_000.0) == 1


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0, 2000)), max_size=40))
def test_never_below_what_came_in_this_window_nor_above_all(steps: list[tuple[int, float]]) -> None:
    with fresh() as table:
        _adds_up(Windows(table), steps)


def _adds_up(windows: Windows, steps: list[tuple[int, float]]) -> None:
    now, whole, present, window = 5000.0, 0, 0, 5000 // HOUR
    for amount, pause in steps:
        now += pause
        if int(now // HOUR) != window:
            window, present = int(now // HOUR), 0
        windows.add(9, amount, HOUR, now)
        whole += amount
        present += amount
        assert present <= windows.count(9, HOUR, now) <= whole


@contextmanager
def fresh() -> Iterator[SharedTable]:
    """A table of its own for each example."""
    with tempfile.TemporaryDirectory() as folder:
        table = SharedTable(Path(folder), 0, 1, slots=64)
        yield table
        table.close()


def test_one_writer_per_table(tmp_path: Path) -> None:
    first = SharedTable(tmp_path, 0, 2)
    SharedTable(tmp_path, 1, 2)
    with pytest.raises(TableInUse):
        SharedTable(tmp_path, 0, 2)
    first.close()
    SharedTable(tmp_path, 0, 2)


def test_a_successor_keeps_the_counts_but_not_the_connections(tmp_path: Path) -> None:
    rates, open_now = tmp_path / "rates", tmp_path / "open"
    old_rates, old_open = SharedTable(rates, 0, 1, slots=64), SharedTable(open_now, 0, 1, slots=64)
    Windows(old_rates).add(7, 5, HOUR, 10.0)
    Gauges(old_open).up(7)
    old_rates.close()
    old_open.close()
    assert Windows(SharedTable(rates, 0, 1, slots=64)).count(7, HOUR, 11.0) == 5
    assert Gauges(SharedTable(open_now, 0, 1, slots=64, clear=True)).count(7) == 0


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoCounters) as raised:
        SharedTable(tmp_path / "file", 0, 1)
    assert "not a directory" in str(raised.value) or "file exists" in str(raised.value)


def test_gauges_go_up_and_down_but_not_below_zero(tmp_path: Path) -> None:
    gauges = [Gauges(SharedTable(tmp_path, worker, 2, slots=64, clear=True)) for worker in range(2)]
    for gauge in gauges:
        gauge.up(7)
    assert gauges[0].count(7) == 2
    gauges[0].down(7)
    gauges[0].down(7)
    assert gauges[1].count(7) == 1


def test_a_full_neighbourhood_forgets_its_oldest(tmp_path: Path) -> None:
    windows = Windows(SharedTable(tmp_path, 0, 1, slots=64))
    keys = [64 * (number + 1) for number in range(PROBES + 1)]  # all want the first place
    for number, key in enumerate(keys):
        windows.add(key, 1, HOUR, HOUR * (100 + (number > 0)))
    now = HOUR * 101.0
    assert windows.count(keys[0], HOUR, now) == 0
    assert all(windows.count(key, HOUR, now) == 1 for key in keys[1:])


def test_keys_are_spread_and_never_zero() -> None:
    keys = {key_of(kind, bytes([number])) for kind in ("rcpt", "dhap") for number in range(256)}
    assert len(keys) == 512
    assert 0 not in keys


KEYS = st.integers(1, 200)


@given(st.lists(st.tuples(KEYS, st.integers(1, 9)), max_size=60))
def test_a_table_is_a_dictionary_while_there_is_room(steps: list[tuple[int, int]]) -> None:
    with fresh() as table:
        known: dict[int, int] = {}
        for key, value in steps:
            if key in known or len(known) < PROBES:  # so many fit wherever they want to be
                table.store(key, value)
                known[key] = value
        assert {key: table.own(key) for key in known} == known
        assert table.values(201) == []
