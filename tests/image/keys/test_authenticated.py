import contextlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from image.keys import authenticated, certificates
from image.keys.authenticated import BadUpdate, Update

TIME = datetime(2026, 11, 24, 14, 30, 5, tzinfo=UTC)
times = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)).map(
    lambda time: time.replace(microsecond=0, tzinfo=UTC)
)


@given(st.builds(Update, times, st.binary(max_size=64), st.binary(max_size=64)))
def test_round_trip(update: Update) -> None:
    assert authenticated.decode(authenticated.encode(update)) == update


@given(st.binary(max_size=120))
def test_any_bytes_are_understood_or_refused(content: bytes) -> None:
    with contextlib.suppress(BadUpdate):
        assert authenticated.encode(authenticated.decode(content)) == content


@given(st.integers(0, 199), st.integers(0, 255))
def test_one_changed_octet_never_breaks_the_parser(place: int, value: int) -> None:
    content = bytearray(authenticated.encode(Update(TIME, b"s" * 80, b"c" * 80)))
    content[place] = value
    with contextlib.suppress(BadUpdate):
        assert authenticated.encode(authenticated.decode(bytes(content))) == bytes(content)


def test_layout_is_that_of_the_specification() -> None:
    content = authenticated.encode(Update(TIME, b"signature", b"content"))
    assert content[:16].hex() == "ea070b180e1e05000000000000000000"
    assert content[16:24] == bytes([8 + 16 + 9, 0, 0, 0, 0, 2, 0xF1, 0x0E])
    assert content[24:40].hex() == "9dd2af4adf68ee498aa9347d375665a7"
    assert content[40:] == b"signaturecontent"


def test_signing_twice_gives_the_same_bytes() -> None:
    key = rsa.generate_private_key(65537, 2048)
    certificate = certificates.self_signed("KEK", "Example", key, begin=TIME, years=15, serial=7)
    made = [authenticated.signed("db", b"content", TIME, key, certificate) for _ in range(2)]
    assert made[0] == made[1]
    # The firmware looks for the digest's identifier (SHA-256) at this very place.
    assert made[0].signature[13:26].startswith(bytes.fromhex("608648016503040201"))
    assert authenticated.signed("dbx", b"content", TIME, key, certificate) != made[0]


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30", b"\x31\x00", b"\x30\x05\x06\x01\x2a", b"\x30\x82", b"\x30\x03\x06\x01\x2a", b"\x30\x00x"],
)
def test_what_is_no_signature_is_refused(der: bytes) -> None:
    with pytest.raises(BadUpdate):
        authenticated.signed_data(der)
