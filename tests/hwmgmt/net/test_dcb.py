import errno
import struct
from collections.abc import Sequence

import pytest

from hwmgmt.net import dcb
from hwmgmt.net.dcb import RTM_GETDCB, Command, Dcb, Mode, Owner, owner_of
from hwmgmt.net.lldp.dcbx import Application, Dialect, Selector
from hwmgmt.reading import Reason
from tests.hwmgmt.net.fakes import FakeKernel, attr, error, message

NESTED = 0x8000
#: What `dcb app show dev eth0` of iproute2 6.1 sends, from strace, behind the netlink header.
IPROUTE2 = bytes.fromhex("00150000 0900 0100 6574683000 000000")


def app(selector: int, priority: int, protocol: int) -> bytes:
    return attr(1, struct.pack("=BBH", selector, priority, protocol))


def reply(command: int, body: bytes, sequence: int) -> bytes:
    return message(RTM_GETDCB, bytes([0, command, 0, 0]) + attr(1, b"eth0\0") + body, sequence=sequence)


class Card:
    """A driver with DCB: DCBX mode, and the tables of the dialects that it has."""

    def __init__(self, mode: int, *, ieee: bytes | None = None, cee: bytes | None = None) -> None:
        self.mode, self.ieee, self.cee = mode, ieee, cee
        self.asked: list[int] = []

    def __call__(self, request: bytes) -> Sequence[bytes]:
        command, sequence = request[17], int(struct.unpack_from("=I", request, 8)[0])
        self.asked.append(command)
        if command == Command.GDCBX:
            return [reply(command, attr(14, bytes([self.mode])), sequence)]
        body = self.ieee if command == Command.IEEE_GET else self.cee
        if body is None:
            return [error(errno.EOPNOTSUPP, sequence=sequence)]
        return [reply(command, attr((13 if command == Command.IEEE_GET else 16) | NESTED, body), sequence)]


def test_the_request_is_the_one_iproute2_sends() -> None:
    request = dcb.request(Command.IEEE_GET, "eth0")
    request.encode()
    assert bytes(request.data)[16:] == IPROUTE2


def test_firmware_that_learned_fcoe_from_the_switch() -> None:
    """An X710 with its agent on: DCBX managed by the card in IEEE, both tables filled."""
    ets = attr(1, bytes(59))
    table = attr(3 | NESTED, app(1, 3, 0x8906) + app(2, 4, 3260))
    peer = attr(6 | NESTED, attr(0, b"\0\0") + app(1, 3, 0x8906))
    card = Card(Mode.MANAGED | Mode.IEEE, ieee=ets + table + peer)
    found = dcb.read("eth0", open_socket=FakeKernel(card)).need()
    fcoe = Application(Dialect.IEEE, Selector.ETHERTYPE, 0x8906, (3,))
    assert found == Dcb(
        Owner.FIRMWARE,
        (Dialect.IEEE,),
        (fcoe, Application(Dialect.IEEE, Selector.TCP, 3260, (4,))),
        (fcoe,),
    )
    assert found.fcoe
    assert card.asked == [Command.GDCBX, Command.IEEE_GET, Command.CEE_GET]


def test_cee_has_priorities_as_a_bitmap() -> None:
    table = attr(7 | NESTED, app(0, 0x08, 0x8906))
    peer = attr(3 | NESTED, attr(1, b"\0\0") + attr(2, struct.pack("=BBH", 0, 0x18, 0x8914)))
    card = Card(Mode.HOST | Mode.CEE, cee=table + peer)
    found = dcb.read("eth0", open_socket=FakeKernel(card)).need()
    assert (found.owner, found.dialects) == (Owner.HOST, (Dialect.CEE,))
    assert found.applications == (Application(Dialect.CEE, Selector.ETHERTYPE, 0x8906, (3,)),)
    assert found.peer == (Application(Dialect.CEE, Selector.ETHERTYPE, 0x8914, (3, 4)),)


def test_a_tcp_port_in_the_table_is_not_fcoe() -> None:
    card = Card(Mode.MANAGED | Mode.IEEE, ieee=attr(3 | NESTED, app(2, 3, 0x8906)))
    assert not dcb.read("eth0", open_socket=FakeKernel(card)).need().fcoe


@pytest.mark.parametrize(
    ("mode", "owner"),
    [
        (0, Owner.NOBODY),
        (0x09, Owner.HOST),
        (0x06, Owner.FIRMWARE),
        (0x1A, Owner.STATIC),
        (0x0C, Owner.NOBODY),
    ],
)
def test_owner_by_the_bits(mode: int, owner: Owner) -> None:
    assert owner_of(Mode(mode)) is owner


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.EOPNOTSUPP, Reason.UNSUPPORTED), (errno.ENODEV, Reason.ABSENT)]
)
def test_refusals_have_their_reason(code: int, reason: Reason) -> None:
    assert dcb.read("eth0", open_socket=FakeKernel(lambda _: [error(code)])).reason is reason


def test_a_driver_that_hangs_is_a_timeout() -> None:
    assert dcb.read("eth0", open_socket=FakeKernel(lambda _: [])).reason is Reason.TIMEOUT


@pytest.mark.parametrize("body", [b"", attr(14, b"")])
def test_an_answer_without_mode_is_malformed(body: bytes) -> None:
    kernel = FakeKernel(lambda _: [reply(Command.GDCBX, body, 1)])
    assert dcb.read("eth0", open_socket=kernel).reason is Reason.MALFORMED
