from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.keys.signature_list import SHA256, X509, BadSignatureList, Signature, certificates, decode, encode

OWNER = UUID("11111111-2222-3333-4444-555555555555")
signatures = st.builds(
    Signature, st.sampled_from([X509, SHA256]), st.uuids(), st.binary(min_size=0, max_size=200)
)


@given(st.lists(signatures, max_size=6))
def test_round_trip(given_signatures: list[Signature]) -> None:
    assert decode(encode(given_signatures)) == given_signatures


@given(st.binary(max_size=300))
def test_any_bytes_are_understood_or_refused(content: bytes) -> None:
    try:
        assert decode(encode(decode(content))) == decode(content)
    except BadSignatureList as error:
        assert 0 <= error.fields["offset"] <= len(content)


def test_layout_is_that_of_the_specification() -> None:
    content = certificates(OWNER, [b"DER!"])
    assert content[:16].hex() == "a159c0a5e494a74a87b5ab155c2bf072"
    assert content[16:28] == bytes([48, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0])
    assert content[28:44].hex() == "11111111222233334444555555555555"
    assert content[44:] == b"DER!"


def test_one_list_may_hold_several_signatures() -> None:
    one = OWNER.bytes_le + bytes(32)
    two = OWNER.bytes_le + b"\1" * 32
    content = SHA256.bytes_le + bytes([28 + 96, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0]) + one + two
    assert [found.data for found in decode(content)] == [bytes(32), b"\1" * 32]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c[:20], "a header that is cut off"),
        (lambda c: c[:-1], "a list with an impossible size"),
        (lambda c: c[:16] + b"\x10" + c[17:], "a list with an impossible size"),
        (lambda c: c[:24] + b"\x05" + c[25:], "signatures that do not fill their list"),
    ],
)
def test_what_is_wrong_is_said(change, reason) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadSignatureList, match=reason):
        decode(change(certificates(OWNER, [b"DER!"])))
