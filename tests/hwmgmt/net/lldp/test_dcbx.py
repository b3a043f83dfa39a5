import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.net.lldp import dcbx
from hwmgmt.net.lldp.dcbx import Application, Dialect, Ets, PriorityFlowControl, Selector
from hwmgmt.net.lldp.tlv import Lldpdu, Malformed, decode, encode, split
from tests.hwmgmt.net.lldp import vectors

octets8 = st.lists(st.integers(0, 255), min_size=8, max_size=8).map(tuple)
priorities = st.sets(st.integers(0, 7), min_size=1).map(lambda found: tuple(sorted(found)))


def unit(*values: bytes) -> Lldpdu:
    return Lldpdu(b"\x07c", b"\x07p", 120, tuple((127, value) for value in values))


# -- recorded -----------------------------------------------------------------------------------------------


def test_a_switch_that_runs_fcoe_on_priority_3() -> None:
    frame = split(vectors.A_FRAME)
    assert frame.vlan is not None
    assert (frame.vlan >> 13, frame.vlan & 0xFFF, frame.ethertype) == (7, 9, 0x88CC)
    found = decode(frame.payload)
    assert (found.chassis_id, found.port_id, found.system_name) == (
        "00:05:9b:71:61:c0",
        "Ethernet1/17",
        "n5k-17",
    )
    assert dcbx.dialects(found) == (Dialect.CEE,)
    assert dcbx.applications(found) == (Application(Dialect.CEE, Selector.ETHERTYPE, 0x8906, (3,)),)
    assert dcbx.fcoe_priorities(found) == (3,)


def test_dcbx_without_fcoe_is_no_announcement() -> None:
    found = decode(vectors.B_UNIT)
    assert dcbx.dialects(found) == (Dialect.CEE,)
    assert [(entry.selector, entry.protocol) for entry in dcbx.applications(found)] == [
        (Selector.PORT, 0xC351),
        (Selector.PORT, 0xC350),
    ]
    assert dcbx.fcoe_priorities(found) is None


def test_a_host_adapter_with_fcoe_iscsi_and_fip() -> None:
    found = decode(vectors.C_UNIT)
    fcoe, iscsi, fip = dcbx.applications(found)
    assert fcoe.is_fcoe and fip.is_fip
    assert (iscsi.selector, iscsi.protocol, iscsi.priorities) == (Selector.PORT, 3260, (4,))
    assert dcbx.fcoe_priorities(found) == (3,)


def test_the_recorded_unit_is_what_our_builder_makes() -> None:
    body = (
        dcbx.encode_control(dcbx.Control(0, 0, 1, 2))
        + dcbx.encode_feature(dcbx.Feature.PRIORITY_GROUPS, bytes.fromhex("00000000 3232000000000000 02"))
        + dcbx.encode_feature(dcbx.Feature.FLOW_CONTROL, b"\x08\x08")
        + dcbx.encode_cee_applications((Application(Dialect.CEE, Selector.ETHERTYPE, 0x8906, (3,)),))
    )
    built = Lldpdu(
        bytes.fromhex("0400059b7161c0"),
        b"\x05Ethernet1/17",
        120,
        ((5, b"n5k-17"), (7, b"\0\x14\0\x04"), (127, dcbx.CEE + body)),
    )
    assert encode(built) == vectors.A_UNIT


# -- IEEE 802.1Qaz ------------------------------------------------------------------------------------------


def test_ieee_application_priority() -> None:
    found = unit(dcbx.APPLICATION_PRIORITY + bytes.fromhex("00 61 8906 61 8914 82 0cbc 85 002e 06 ffff"))
    entries = dcbx.applications(found)
    assert [(e.selector, e.protocol, e.priorities) for e in entries] == [
        (Selector.ETHERTYPE, 0x8906, (3,)),
        (Selector.ETHERTYPE, 0x8914, (3,)),
        (Selector.TCP, 3260, (4,)),
        (Selector.DSCP, 46, (4,)),
        (Selector.RESERVED, 0xFFFF, (0,)),
    ]
    assert dcbx.fcoe_priorities(found) == (3,)


def test_a_tcp_port_with_the_number_of_fcoe_is_not_fcoe() -> None:
    assert dcbx.fcoe_priorities(unit(dcbx.APPLICATION_PRIORITY + bytes.fromhex("00 62 8906"))) is None
    assert dcbx.fcoe_priorities(unit(dcbx.CEE + bytes.fromhex("080a 00008000 8906 01 1b21 08"))) is None
    foreign_oui = bytes.fromhex("080a 00008000 8906 00 1b22 08")
    assert dcbx.fcoe_priorities(unit(dcbx.CEE + foreign_oui)) is None


@given(st.sampled_from(["tcp", "udp", "port", "dscp", "ethertype"]), st.integers(0, 0xFFFF), priorities)
def test_ieee_applications_come_back(selector: str, protocol: int, wanted: tuple[int, ...]) -> None:
    sent = Application(Dialect.IEEE, Selector(selector), protocol, wanted)
    found = dcbx.decode_application_priority(dcbx.encode_application_priority((sent,)))
    assert found == tuple(sent._replace(priorities=(priority,)) for priority in wanted)


@given(
    st.builds(
        Ets,
        st.booleans(),
        st.booleans(),
        st.integers(1, 8),
        st.lists(st.integers(0, 15), min_size=8, max_size=8).map(tuple),
        octets8,
        octets8,
    )
)
def test_ets_comes_back(ets: Ets) -> None:
    assert dcbx.decode_ets(dcbx.encode_ets(ets)) == ets


def test_ets_bits_are_where_the_standard_has_them() -> None:
    value = bytes.fromhex("83 00010010 32320000 00000000 02020000 00000000")
    assert dcbx.decode_ets(value) == Ets(
        willing=True,
        credit_shaper=False,
        max_classes=3,
        classes=(0, 0, 0, 1, 0, 0, 1, 0),
        shares=(50, 50, 0, 0, 0, 0, 0, 0),
        algorithms=(2, 2, 0, 0, 0, 0, 0, 0),
    )


@given(st.builds(PriorityFlowControl, st.booleans(), st.booleans(), st.integers(0, 15), priorities))
def test_pfc_comes_back(pfc: PriorityFlowControl) -> None:
    assert dcbx.decode_pfc(dcbx.encode_pfc(pfc)) == pfc


# -- CEE and CIN --------------------------------------------------------------------------------------------


@given(st.sampled_from(["ethertype", "port"]), st.integers(0, 0xFFFF), priorities)
def test_cee_applications_come_back(selector: str, protocol: int, wanted: tuple[int, ...]) -> None:
    sent = (Application(Dialect.CEE, Selector(selector), protocol, wanted),)
    assert dcbx.decode_cee(dcbx.encode_cee_applications(sent)) == sent


def test_cin_names_fcoe_by_the_subtype_of_the_feature() -> None:
    fcoe = bytes.fromhex("0a05 00008000 08")
    other = bytes.fromhex("0a05 00008001 10")
    found = unit(dcbx.CIN + bytes.fromhex("020a 0000 00000001 00000001") + fcoe + other)
    assert dcbx.dialects(found) == (Dialect.CIN,)
    assert dcbx.applications(found)[0] == Application(Dialect.CIN, Selector.ETHERTYPE, 0x8906, (3,))
    assert dcbx.fcoe_priorities(found) == (3,)
    assert dcbx.fcoe_priorities(unit(dcbx.CIN + other)) is None


def test_an_empty_priority_map_still_announces_fcoe() -> None:
    assert dcbx.fcoe_priorities(unit(dcbx.CEE + bytes.fromhex("080a 00008000 8906 00 1b21 00"))) == ()


def test_dialects_are_named_once_and_in_order() -> None:
    pfc = dcbx.PFC + b"\x08\x08"
    assert dcbx.dialects(unit(pfc, dcbx.CEE, pfc, b"\x00\x12\x0fx")) == (Dialect.IEEE, Dialect.CEE)


# -- malformed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        dcbx.APPLICATION_PRIORITY,
        dcbx.APPLICATION_PRIORITY + bytes.fromhex("00 6189"),
        dcbx.CEE + b"\x08",
        dcbx.CEE + bytes.fromhex("080a 00008000 8906 00 1b21"),
        dcbx.CEE + bytes.fromhex("0809 00008000 8906 00 1b21"),
        dcbx.CEE + bytes.fromhex("0802 0000"),
        dcbx.CEE + bytes.fromhex("0209 0000 00000001 000000"),
        dcbx.CIN + bytes.fromhex("0a04 00008000"),
        dcbx.CIN + bytes.fromhex("0aff 00"),
    ],
)
def test_malformed_dcbx_is_said_and_not_guessed(value: bytes) -> None:
    with pytest.raises(Malformed):
        dcbx.fcoe_priorities(unit(value))


@pytest.mark.parametrize("size", [0, 20, 22])
def test_ets_has_21_octets(size: int) -> None:
    with pytest.raises(Malformed, match=f"{size} octets instead of 21"):
        dcbx.decode_ets(bytes(size))


@pytest.mark.parametrize("size", [1, 3])
def test_pfc_has_2_octets(size: int) -> None:
    with pytest.raises(Malformed):
        dcbx.decode_pfc(bytes(size))


headers = [dcbx.ETS_CONFIGURATION, dcbx.PFC, dcbx.APPLICATION_PRIORITY, dcbx.CEE, dcbx.CIN]


@given(st.lists(st.tuples(st.sampled_from(headers), st.binary(max_size=507)), max_size=6))
def test_any_dcbx_gives_an_answer_or_malformed(parts: list[tuple[bytes, bytes]]) -> None:
    found = unit(*(header + body for header, body in parts))
    dcbx.dialects(found)
    try:
        wanted = dcbx.fcoe_priorities(found)
    except Malformed:
        return
    assert wanted is None or all(0 <= priority <= 7 for priority in wanted)


@given(st.integers(0, len(vectors.A_UNIT) - 1), st.integers(0, 255))
def test_a_recorded_unit_with_one_octet_changed(place: int, octet: int) -> None:
    changed = bytearray(vectors.A_UNIT)
    changed[place] = octet
    try:
        dcbx.fcoe_priorities(decode(bytes(changed)))
    except Malformed:
        return
