"""From a raw sensor byte to a value: y = L[(M·x + B·10^K1)·10^K2] (IPMI 2.0, 36.3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class NumberFormat(IntEnum):
    """How the raw byte is to be read (record byte 20, bits 7:6)."""

    UNSIGNED = 0
    ONES_COMPLEMENT = 1
    TWOS_COMPLEMENT = 2
    NONE = 3  # there is no number


def signed(value: int, bits: int) -> int:
    """A two's complement field of `bits` bits."""
    return value - (1 << bits) if value & (1 << bits - 1) else value


# Linearisation functions by code (record byte 23). 70h and up ("non-linear") ask for factors per reading.
_LINEAR: dict[int, Callable[[float], float]] = {
    0: lambda x: x,
    1: math.log,
    2: math.log10,
    3: math.log2,
    4: math.exp,
    5: lambda x: math.pow(10, x),
    6: lambda x: math.pow(2, x),
    7: lambda x: 1 / x,
    8: lambda x: x * x,
    9: lambda x: x**3,
    10: math.sqrt,
    11: math.cbrt,
}


@dataclass(frozen=True, slots=True)
class Factors:
    """What turns raw bytes of one sensor into values. `linearisation` above 11 has no static formula."""

    number_format: NumberFormat
    linearisation: int
    m: int
    b: int
    b_exponent: int
    r_exponent: int

    @property
    def static(self) -> bool:
        return self.linearisation in _LINEAR

    @property
    def falling(self) -> bool:
        """Whether a larger raw byte means a smaller value (1/x, or a negative M)."""
        return (self.linearisation == 7) != (self.m < 0)

    def value(self, raw: int) -> float:
        """The value of a raw byte, in the unit of the record. Raises ValueError if there is none."""
        if self.number_format is NumberFormat.NONE:
            raise ValueError("the sensor has no number")
        if not self.static:
            raise ValueError(f"linearisation {self.linearisation:#04x} is not static")
        x = raw
        if self.number_format is NumberFormat.TWOS_COMPLEMENT:
            x = signed(raw, 8)
        elif self.number_format is NumberFormat.ONES_COMPLEMENT:
            x = raw - 255 if raw & 0x80 else raw
        linear = (self.m * x + self.b * 10.0**self.b_exponent) * 10.0**self.r_exponent
        try:
            # Nine digits hide that 10^-1 is no binary fraction, and no sensor has more.
            return float(f"{_LINEAR[self.linearisation](linear):.9g}")
        except (ArithmeticError, ValueError) as error:
            raise ValueError(f"raw value {raw:#04x} has no value under the sensor's formula") from error


def decode(number_format: int, linearisation: int, six: bytes) -> Factors:
    """Factors from bytes 24 to 29 of a full record, or 1 to 6 of Get Sensor Reading Factors."""
    return Factors(
        number_format=NumberFormat(number_format),
        linearisation=linearisation & 0x7F,
        m=signed(six[0] | (six[1] & 0xC0) << 2, 10),
        b=signed(six[2] | (six[3] & 0xC0) << 2, 10),
        b_exponent=signed(six[5] & 0xF, 4),
        r_exponent=signed(six[5] >> 4, 4),
    )
