from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi.sdr import text


def test_codings() -> None:
    assert text.decode(text.LATIN, b"PSU 770 W\x00\xff") == "PSU 770 W"
    # The example of IPMI 2.0, 43.15.
    assert text.decode(text.SIX_BIT, bytes([0x29, 0xDC, 0xA6])) == "IPMI"
    assert text.decode(text.BCD_PLUS, b"\x12\xb3\xc4") == "12-3.4"
    assert text.decode(text.BINARY, b"FAN1") == "FAN1"
    assert text.decode(text.BINARY, b"\x01\x02") == "0102"


@given(st.integers(0, 3), st.binary(max_size=64))
def test_any_string_is_printable(coding: int, raw: bytes) -> None:
    assert text.decode(coding, raw).isprintable()
