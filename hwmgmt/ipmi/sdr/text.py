"""The type/length strings shared by sensor records (IPMI 2.0, 43.15) and FRU areas (FRU definition,
chapter 13).

Bits 7:6 of the type/length byte give the coding, bits 5:0 (FRU) or 4:0 (SDR) the number of bytes.
"""

from __future__ import annotations

BINARY, BCD_PLUS, SIX_BIT, LATIN = range(4)
_BCD_DIGITS = "0123456789 -.:,_"


def decode(coding: int, raw: bytes) -> str:
    """The text of `raw`, without padding and control characters. Never raises: names are for people."""
    if coding == BCD_PLUS:
        text = "".join(_BCD_DIGITS[byte >> 4] + _BCD_DIGITS[byte & 0xF] for byte in raw)
    elif coding == SIX_BIT:
        text = _six_bit(raw)
    elif coding == LATIN:
        # Vendors pad with NUL, FFh and blanks, and terminate with NUL although the length says it all.
        text = raw.rstrip(b"\xff").partition(b"\0")[0].decode("latin-1")
    else:
        # 0 is "binary" in a FRU and Unicode in an SDR; what is printable is text to its vendor.
        head = raw.rstrip(b"\0\xff")
        text = head.decode("ascii") if head.isascii() and head.decode().isprintable() else head.hex()
    return "".join(character for character in text if character.isprintable()).strip()


def _six_bit(raw: bytes) -> str:
    # The first character sits in the least significant bits (IPMI 2.0, 43.15, "6-bit packed ASCII").
    bits = int.from_bytes(raw, "little")
    count = len(raw) * 8 // 6
    return "".join(chr(0x20 + (bits >> 6 * index & 0x3F)) for index in range(count))


def split(type_length: int, mask: int) -> tuple[int, int]:
    """A type/length byte as (coding, number of bytes)."""
    return type_length >> 6, type_length & mask
