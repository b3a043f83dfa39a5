import errno
import struct
from collections.abc import Sequence

import pytest

from hwmgmt.net.ethtool import Ethtool, PortType, private_flags_get, private_flags_set
from hwmgmt.reading import Reason, known
from tests.hwmgmt.net.fakes import ETHTOOL, FAMILY, FakeKernel, attr, command_of, error, kind_of, message

NESTED = 0x8000
LINKINFO, LINKMODES, GET, SET, EEPROM = 2, 4, 13, 14, 31


def encoded(wanted: object) -> bytes:
    wanted.encode()  # type: ignore[attr-defined]
    return bytes(wanted.data)[16:]  # type: ignore[attr-defined]


def bit(index: int, name: bytes, value: bool) -> bytes:
    """ETHTOOL_A_BITSET_BITS_BIT as the kernel sends it: index, name, and VALUE as a flag when set."""
    flag = attr(3, b"") if value else b""
    return attr(1 | NESTED, attr(1, struct.pack("=I", index)) + attr(2, name + b"\0") + flag)


def flags_reply(*flags: tuple[bytes, bool], sequence: int = 2) -> bytes:
    """ETHTOOL_MSG_PRIVFLAGS_GET_REPLY by hand, from ethtool-netlink.rst."""
    bits = b"".join(bit(index, name, value) for index, (name, value) in enumerate(flags))
    bitset = attr(2, struct.pack("=I", len(flags))) + attr(3 | NESTED, bits)
    header = attr(1 | NESTED, attr(1, struct.pack("=I", 2)) + attr(2, b"eth0\0"))
    return message(ETHTOOL, bytes([13, 1, 0, 0]) + header + attr(2 | NESTED, bitset), sequence=sequence)


class Card:
    """A kernel whose driver has these private flags."""

    def __init__(self, flags: dict[bytes, bool], *, obeys: bool = True) -> None:
        self.flags = flags
        self.obeys = obeys

    def __call__(self, request: bytes) -> Sequence[bytes]:
        if kind_of(request) != ETHTOOL:
            return [FAMILY]
        if command_of(request) == GET:
            return [flags_reply(*self.flags.items())]
        if self.obeys:
            name = next(name for name in self.flags if name in request)
            self.flags[name] = request.endswith(struct.pack("=HH", 4, 3))
        return [error(0, sequence=2)]


def test_the_request_for_private_flags_octet_by_octet() -> None:
    header = attr(1 | NESTED, attr(2, b"eth0\0"))
    assert encoded(private_flags_get("eth0")) == bytes([GET, 1, 0, 0]) + header


@pytest.mark.parametrize("value", [True, False])
def test_the_request_to_set_a_flag_octet_by_octet(value: bool) -> None:
    header = attr(1 | NESTED, attr(2, b"eth0\0"))
    one = attr(1 | NESTED, attr(2, b"disable-fw-lldp\0") + (attr(3, b"") if value else b""))
    flags = attr(2 | NESTED, attr(3 | NESTED, one))
    wanted = bytes([SET, 1, 0, 0]) + header + flags
    assert encoded(private_flags_set("eth0", {"disable-fw-lldp": value})) == wanted


def test_private_flags_are_read_in_the_drivers_order() -> None:
    kernel = FakeKernel(Card({b"MFP": False, b"disable-fw-lldp": True, b"vf-true-promisc": False}))
    found = Ethtool(open_socket=kernel).private_flags("eth0")
    assert found == known({"MFP": False, "disable-fw-lldp": True, "vf-true-promisc": False})


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_set_and_read_back(value: bool) -> None:
    card = Card({b"MFP": True, b"disable-fw-lldp": not value})
    assert Ethtool(open_socket=FakeKernel(card)).set_private_flag("eth0", "disable-fw-lldp", value) == known(
        value
    )
    assert card.flags == {b"MFP": True, b"disable-fw-lldp": value}


def test_a_driver_that_accepts_and_does_nothing_is_found_out() -> None:
    card = Card({b"disable-fw-lldp": False}, obeys=False)
    found = Ethtool(open_socket=FakeKernel(card)).set_private_flag("eth0", "disable-fw-lldp", True)
    assert found == known(False)


def answering(answer: bytes) -> Ethtool:
    return Ethtool(
        open_socket=FakeKernel(lambda request: [answer if kind_of(request) == ETHTOOL else FAMILY]),
        deadline=0.2,
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.EOPNOTSUPP, Reason.UNSUPPORTED),
        (errno.ENODEV, Reason.ABSENT),
        (errno.EPERM, Reason.DENIED),
        (errno.EIO, Reason.MALFORMED),
    ],
)
def test_refusals_have_their_reason(code: int, reason: Reason) -> None:
    ethtool = answering(error(code, sequence=2))
    assert ethtool.private_flags("eth0").reason is reason
    assert ethtool.set_private_flag("eth0", "x", True).reason is reason
    assert ethtool.port_type("eth0").reason is reason
    assert ethtool.link_modes("eth0").reason is reason
    assert ethtool.module("eth0").reason is reason


def test_a_driver_that_hangs_is_a_timeout() -> None:
    ethtool = Ethtool(open_socket=FakeKernel(lambda request: [FAMILY] if kind_of(request) != ETHTOOL else []))
    found = ethtool.private_flags("eth0")
    assert (found.reason, found.detail) == (Reason.TIMEOUT, "no answer from the driver within 3 s")


def test_a_kernel_without_ethtool_netlink_is_absent() -> None:
    kernel = FakeKernel(lambda request: [error(errno.ENOENT)])
    assert Ethtool(open_socket=kernel).private_flags("eth0").reason is Reason.ABSENT


@pytest.mark.parametrize(
    ("number", "port_type"),
    [(0, PortType.TWISTED_PAIR), (3, PortType.FIBRE), (5, PortType.DIRECT_ATTACH), (255, PortType.OTHER)],
)
def test_port_types(number: int, port_type: PortType) -> None:
    answer = message(ETHTOOL, bytes([LINKINFO, 1, 0, 0]) + attr(2, bytes([number])), sequence=2)
    assert answering(answer).port_type("eth0") == known(port_type)


def test_the_port_type_recorded_from_a_veth() -> None:
    recorded = bytes.fromhex(
        "500000001500000002000000976c000002010000140001800800010002000000070002007661000005000200"
        "000000000500030000000000050004000000000005000500000000000500060000000000"
    )
    assert answering(recorded).port_type("va") == known(PortType.TWISTED_PAIR)


def test_a_port_type_nobody_knows_is_malformed() -> None:
    answer = message(ETHTOOL, bytes([LINKINFO, 1, 0, 0]) + attr(2, b"\x42"), sequence=2)
    assert answering(answer).port_type("eth0").reason is Reason.MALFORMED
    assert answering(message(ETHTOOL, bytes([LINKINFO, 1, 0, 0]), sequence=2)).port_type("eth0").value is None


def test_link_modes_by_name() -> None:
    bits = attr(3 | NESTED, bit(12, b"10000baseT/Full", True) + bit(88, b"10000baseSR/Full", False))
    answer = message(ETHTOOL, bytes([LINKMODES, 1, 0, 0]) + attr(3 | NESTED, bits), sequence=2)
    assert answering(answer).link_modes("eth0") == known(("10000baseT/Full", "10000baseSR/Full"))


@pytest.mark.parametrize(("octet", "text"), [(0x03, "SFP/SFP+/SFP28"), (0x7F, "module of kind 0x7f")])
def test_the_module_in_the_cage(octet: int, text: str) -> None:
    answer = message(ETHTOOL, bytes([EEPROM, 1, 0, 0]) + attr(7, bytes([octet])), sequence=2)
    assert answering(answer).module("eth0") == known(text)
    assert answering(message(ETHTOOL, bytes([EEPROM, 1, 0, 0]), sequence=2)).module("eth0").value is None
