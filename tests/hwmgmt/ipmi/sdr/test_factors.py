import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi.sdr.factors import Factors, NumberFormat, decode, signed


def factors(**changes: int) -> Factors:
    fields = {
        "number_format": 0,
        "linearisation": 0,
        "m": 1,
        "b": 0,
        "b_exponent": 0,
        "r_exponent": 0,
        **changes,
    }
    return Factors(NumberFormat(fields.pop("number_format")), **fields)


@pytest.mark.parametrize(
    ("changes", "raw", "value"),
    [
        ({}, 41, 41.0),
        ({"m": 60}, 90, 5400.0),
        ({"m": 59, "r_exponent": -3}, 203, 11.977),
        ({"m": 1, "b": -5, "b_exponent": 1}, 60, 10.0),
        ({"number_format": 2}, 0xFE, -2.0),
        ({"number_format": 1}, 0xFE, -1.0),
        ({"linearisation": 7}, 4, 0.25),
        ({"linearisation": 8}, 12, 144.0),
        ({"linearisation": 10}, 81, 9.0),
    ],
)
def test_values(changes: dict[str, int], raw: int, value: float) -> None:
    assert factors(**changes).value(raw) == value


@pytest.mark.parametrize(
    "changes",
    [
        {"number_format": 3},
        {"linearisation": 1},
        {"linearisation": 7},
        {"linearisation": 0x70},
        {"linearisation": 12},
    ],
)
def test_no_value_is_a_value_error(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        factors(**changes).value(0)


def test_ten_bit_fields_are_signed() -> None:
    assert decode(0, 0, bytes([0xFF, 0xC0, 0x00, 0x80, 0, 0xE1])) == factors(
        m=-1, b=-512, r_exponent=-2, b_exponent=1
    )
    assert (signed(0x1FF, 10), signed(0x200, 10)) == (511, -512)


@given(st.integers(0, 3), st.integers(0, 255), st.binary(min_size=6, max_size=6), st.integers(0, 255))
def test_any_factors_give_a_number_or_a_value_error(fmt: int, linear: int, six: bytes, raw: int) -> None:
    try:
        assert isinstance(decode(fmt, linear, six).value(raw), float)
    except ValueError:
        return
