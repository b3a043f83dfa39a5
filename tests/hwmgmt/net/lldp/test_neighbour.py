from hypothesis import given

from hwmgmt.net.lldp import dcbx
from hwmgmt.net.lldp.dcbx import Dialect
from hwmgmt.net.lldp.neighbour import neighbour
from hwmgmt.net.lldp.tlv import Kind, Lldpdu, decode
from hwmgmt.reading import Reason, known
from tests.hwmgmt.net.lldp import vectors
from tests.hwmgmt.net.lldp.test_tlv import units


def test_a_switch_that_announces_fcoe() -> None:
    found = neighbour(decode(vectors.A_UNIT))
    assert str(found) == "n5k-17 port Ethernet1/17 (chassis 00:05:9b:71:61:c0)"
    assert (found.ttl, found.dcbx, found.capabilities) == (120, (Dialect.CEE,), ("bridge",))
    assert (found.fcoe, found.fcoe_priorities) == (known(True), (3,))


def test_a_switch_that_announces_iscsi_only() -> None:
    found = neighbour(decode(vectors.B_UNIT))
    assert (found.fcoe, found.fcoe_priorities) == (known(False), ())


def test_malformed_dcbx_leaves_fcoe_open_and_keeps_the_name() -> None:
    found = neighbour(Lldpdu(b"\x07c", b"\x07p", 1, ((5, b"n5k"), (127, dcbx.CEE + b"\x08"))))
    assert found.fcoe.reason is Reason.MALFORMED
    assert found.system_name == "n5k"


def test_malformed_texts_leave_their_field_empty() -> None:
    tlvs = ((Kind.MANAGEMENT_ADDRESS, b""), (Kind.SYSTEM_CAPABILITIES, b"\0"))
    found = neighbour(Lldpdu(b"\x07c", b"\x07p", 1, tlvs))
    assert (found.addresses, found.capabilities) == ((), ())


def test_a_switch_without_a_name_is_known_by_its_address() -> None:
    address = (Kind.MANAGEMENT_ADDRESS, bytes.fromhex("0501c000020a 02 00000001 00"))
    unit = Lldpdu(b"\x07c", b"\x07p", 1, (address,))
    assert str(neighbour(unit)).startswith("192.0.2.10 port p")
    assert str(neighbour(unit._replace(optional=()))).startswith("unnamed switch port p")


def test_a_port_id_that_is_a_mac_gives_way_to_the_description() -> None:
    unit = Lldpdu(b"\x07c", bytes.fromhex("0300059b7161c8"), 1, ((4, b"Te1/1/3"), (5, b"sw")))
    assert str(neighbour(unit)) == "sw port Te1/1/3 (chassis c)"
    assert neighbour(unit._replace(optional=())).place == "00:05:9b:71:61:c8"
    assert neighbour(unit._replace(port=b"\x05Eth1/3")).place == "Eth1/3"


@given(units)
def test_any_unit_has_a_neighbour(unit: Lldpdu) -> None:
    assert str(neighbour(unit)).isprintable()
