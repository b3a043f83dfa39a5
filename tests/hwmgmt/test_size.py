import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.size import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("10 GiB", 10_737_418_240),
        ("10g", 10_737_418_240),
        ("600 GB", 600_000_000_000),
        ("1.2 TB", 1_200_000_000_000),
        ("0.5 KiB", 512),
        ("512", 512),
        ("2 TiB", 2**32 * 512),
    ],
)
def test_sizes_are_exact(text: str, count: int) -> None:
    assert parse_size(text) == count


@pytest.mark.parametrize("text", ["", "GiB", "1.5", "-1", "1 XB", "1 0 GB", "1e9", "٣ GB", "0.3 KiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_size(text)


@given(st.integers(min_value=0, max_value=2**63))
def test_any_number_of_bytes_comes_back(count: int) -> None:
    assert parse_size(f"{count} B" if count < 10**18 else str(count)[:18]) <= count
    assert format_size(count)


@given(st.text(max_size=40))
def test_any_text_is_a_size_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_size(text) >= 0


def test_sizes_for_people() -> None:
    assert [format_size(n) for n in (0, 512, 2**30, 2**32 * 512, -(2**20), 600 * 10**9)] == [
        "0 B",
        "512 B",
        "1 GiB",
        "2 TiB",
        "-1 MiB",
        "558.8 GiB",
    ]
