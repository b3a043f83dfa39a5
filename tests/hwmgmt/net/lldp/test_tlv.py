import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwmgmt.net.lldp.tlv import (
    NEAREST_BRIDGE,
    Frame,
    Kind,
    Lldpdu,
    Malformed,
    decode,
    encode,
    encode_tlv,
    join,
    printable,
    split,
)

CHASSIS = bytes.fromhex("02070400059b7161c0")
PORT = b"\x04\x0d\x05Ethernet1/17"
TTL = bytes.fromhex("06020078")
UNIT = CHASSIS + PORT + TTL

identifiers = st.binary(min_size=2, max_size=256)
optional = st.tuples(st.integers(4, 126), st.binary(max_size=511))
organization = st.tuples(st.just(127), st.binary(min_size=4, max_size=511))
units = st.builds(
    Lldpdu,
    identifiers,
    identifiers,
    st.integers(0, 0xFFFF),
    st.lists(st.one_of(optional, organization), max_size=12).map(tuple),
)


@given(units)
def test_what_is_encoded_is_decoded(unit: Lldpdu) -> None:
    assert decode(encode(unit)) == unit


@given(units, st.binary(max_size=60))
def test_octets_behind_the_end_tlv_are_padding(unit: Lldpdu, padding: bytes) -> None:
    assert decode(encode(unit) + padding) == unit


@given(st.binary(max_size=600))
@example(UNIT + b"\xff\xff" + bytes(511))
def test_any_octets_give_a_unit_or_malformed(octets: bytes) -> None:
    try:
        unit = decode(octets)
    except Malformed:
        return
    assert encode(unit)
    texts = (unit.chassis_id, unit.port_id, unit.port_description, unit.system_name, unit.system_description)
    assert all(text.isprintable() for text in texts)


@given(units, st.data())
def test_a_cut_unit_never_decodes_to_more_than_was_sent(unit: Lldpdu, data: st.DataObject) -> None:
    octets = encode(unit)
    cut = data.draw(st.integers(0, len(octets) - 3))
    try:
        found = decode(octets[:cut])
    except Malformed:
        return
    assert found.optional == unit.optional[: len(found.optional)]


def test_the_end_tlv_may_be_left_out() -> None:
    assert decode(UNIT) == decode(UNIT + b"\0\0")


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "does not begin with chassis id"),
        (PORT + CHASSIS + TTL, "does not begin with chassis id"),
        (CHASSIS + PORT, "does not begin with chassis id"),
        (CHASSIS + PORT + TTL + CHASSIS, "mandatory TLV 1 a second time"),
        (CHASSIS + PORT + TTL + TTL, "mandatory TLV 3 a second time"),
        (CHASSIS + PORT + TTL + b"\x0a\x05n5k", "TLV 5 passes the end by 2 octets"),
        (CHASSIS + PORT + TTL + b"\x0a", "half a TLV header"),
        (CHASSIS + PORT + TTL + b"\x00\x03abc", "End TLV with 3 octets"),
        (CHASSIS + PORT + TTL + b"\xfe\x03\x00\x80\xc2", "organization TLV of 3 octets"),
        (b"\x02\x01\x04" + PORT + TTL, "chassis id of 1 octets"),
        (CHASSIS + b"\x04\x01\x05" + TTL, "port id of 1 octets"),
        (CHASSIS + PORT + b"\x06\x01\x78", "time to live of 1 octets"),
        (b"\x03\x01\x04" + bytes(256) + PORT + TTL, "chassis id of 257 octets"),
    ],
)
def test_what_the_standard_discards(octets: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        decode(octets)


def test_names_and_addresses_are_spelled_as_people_write_them() -> None:
    unit = Lldpdu(
        bytes.fromhex("0400059b7161c0"),
        b"\x05Ethernet1/17",
        120,
        (
            (Kind.SYSTEM_NAME, b"n5k-17"),
            (Kind.PORT_DESCRIPTION, "Größe 1".encode()),
            (Kind.SYSTEM_CAPABILITIES, b"\x00\x14\x00\x14"),
            (Kind.MANAGEMENT_ADDRESS, bytes.fromhex("0501c000020a 02 00000001 00")),
            (Kind.MANAGEMENT_ADDRESS, bytes.fromhex("1102 20010db8000000000000000000000001 02 00000001 00")),
            (Kind.MANAGEMENT_ADDRESS, bytes.fromhex("0706 00059b7161c0 02 00000001 00")),
        ),
    )
    assert (unit.chassis_id, unit.port_id, unit.system_name) == (
        "00:05:9b:71:61:c0",
        "Ethernet1/17",
        "n5k-17",
    )
    assert (unit.port_description, unit.system_description) == ("Größe 1", "")
    assert unit.capabilities == ("bridge", "router")
    assert unit.management_addresses == ("192.0.2.10", "2001:db8::1", "00:05:9b:71:61:c0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (bytes.fromhex("0501c0000201"), "192.0.2.1"),  # a network address
        (b"\x07slot 3", "slot 3"),
        (bytes.fromhex("04aabb"), "\ufffd\ufffd"),  # says MAC and is none
    ],
)
def test_chassis_ids_by_subtype(value: bytes, text: str) -> None:
    assert Lldpdu(value, b"\x07x", 1).chassis_id == text


def test_a_hostile_name_cannot_steer_the_terminal() -> None:
    assert printable(b"sw\x1b[2J\r\nname\0") == "sw\\x1b[2J\\r\\nname"


@pytest.mark.parametrize(
    "value", ["", "01", "0501c00002", "ff01c0000201020000000100", "0001c000020a0200000001"]
)
def test_management_addresses_are_checked(value: str) -> None:
    unit = Lldpdu(b"\x07c", b"\x07p", 1, ((Kind.MANAGEMENT_ADDRESS, bytes.fromhex(value)),))
    with pytest.raises(Malformed, match="management address"):
        _ = unit.management_addresses


def test_short_capabilities_are_malformed() -> None:
    with pytest.raises(Malformed, match="3 octets instead of 4"):
        _ = Lldpdu(b"\x07c", b"\x07p", 1, ((Kind.SYSTEM_CAPABILITIES, b"\0\0\0"),)).capabilities


@pytest.mark.parametrize(("kind", "size"), [(128, 0), (-1, 0), (5, 512)])
def test_a_tlv_that_cannot_be_carried_is_not_encoded(kind: int, size: int) -> None:
    with pytest.raises(Malformed):
        encode_tlv(kind, bytes(size))


frames = st.builds(
    Frame,
    st.just(NEAREST_BRIDGE),
    st.binary(min_size=6, max_size=6),
    st.none() | st.integers(0, 0xFFFF),
    st.sampled_from([0x88CC, 0x8914, 0x8906]),
    st.binary(max_size=80),
)


@given(frames)
def test_a_frame_put_together_comes_apart(frame: Frame) -> None:
    assert split(join(frame)) == frame


@given(st.binary(max_size=17))
def test_a_stub_of_a_frame_is_malformed_or_empty(octets: bytes) -> None:
    try:
        assert len(split(octets).payload) <= 3
    except Malformed:
        assert len(octets) < 14 or octets[12:14] in (b"\x81\x00", b"\x88\xa8")
