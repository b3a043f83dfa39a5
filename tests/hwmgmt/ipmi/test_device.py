from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi import device
from hwmgmt.ipmi.bmc import NoAnswer


def test_a_cisco_bmc() -> None:
    found = device.decode(bytes.fromhex("2003040102 9f8b1600 0100 00000000"))
    assert (found.firmware, found.ipmi_version, found.manufacturer, found.product) == ("4.01", "2.0", 5771, 1)
    assert found.supports == ("sensor", "sdr", "sel", "fru", "ipmb receiver", "chassis")
    assert found.available


@given(st.binary(max_size=20))
def test_any_answer_is_an_id_or_no_answer(raw: bytes) -> None:
    try:
        device.decode(raw)
    except NoAnswer:
        assert len(raw) < 11
