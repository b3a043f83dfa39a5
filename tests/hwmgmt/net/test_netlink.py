import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.net.netlink import ACK, DUMP, GENERIC, Netlink, messages
from hwmgmt.net.sources import RTM_GETLINK
from tests.hwmgmt.net.fakes import ETHTOOL, FAMILY, FakeKernel, error, message


def family(kernel: FakeKernel) -> int:
    with Netlink(GENERIC, open_socket=kernel) as netlink:
        return netlink.family("ethtool")


def test_a_family_is_found_by_name() -> None:
    kernel = FakeKernel(lambda request: [FAMILY])
    assert family(kernel) == ETHTOOL
    # genlmsghdr of CTRL_CMD_GETFAMILY version 1, attribute CTRL_ATTR_FAMILY_NAME, all by hand.
    body = b"\x03\x01\0\0" + struct.pack("=HH", 12, 2) + b"ethtool\0"
    assert kernel.sent == [message(0x10, body, flags=0x01)]
    assert kernel.closed == 1


def test_a_refusal_is_an_oserror_in_the_kernels_words() -> None:
    with pytest.raises(OSError, match=r"No such device \(no device matches name\)") as caught:
        family(FakeKernel(lambda request: [error(errno.ENODEV, words="no device matches name")]))
    assert caught.value.errno == errno.ENODEV


def test_a_refusal_without_words() -> None:
    with pytest.raises(OSError, match=r"Operation not supported$"):
        family(FakeKernel(lambda request: [error(errno.EOPNOTSUPP)]))


def test_silence_ends_at_the_deadline() -> None:
    with pytest.raises(TimeoutError):
        family(FakeKernel(lambda request: []))


def test_a_kernel_that_answers_something_else_for_ever_ends_at_the_deadline() -> None:
    late = error(0, sequence=99)
    ticks = iter(range(1000))
    kernel = FakeKernel(lambda request: [late] * 1000)
    with (
        Netlink(GENERIC, open_socket=kernel, deadline=5, clock=lambda: float(next(ticks))) as netlink,
        pytest.raises(TimeoutError),
    ):
        netlink.family("ethtool")


def test_the_late_answer_to_an_earlier_request_is_passed_over() -> None:
    assert family(FakeKernel(lambda request: [error(errno.EIO, sequence=99), FAMILY])) == ETHTOOL


def request(kernel: FakeKernel, flags: int) -> int:
    from pyroute2.netlink import ctrlmsg

    with Netlink(GENERIC, open_socket=kernel) as netlink:
        return len(netlink.request(ctrlmsg(), RTM_GETLINK, flags, ctrlmsg))


def test_an_acknowledgement_closes_a_request_that_asked_for_it() -> None:
    assert request(FakeKernel(lambda _: [error(0)]), ACK) == 0


def test_a_dump_goes_on_until_done() -> None:
    part = message(0x10, b"\x01\x02\0\0", flags=0x02)
    done = message(3, bytes(4), flags=0x02)
    assert request(FakeKernel(lambda _: [part + part, part, done]), DUMP) == 3


def test_an_interrupted_dump_is_said() -> None:
    part = message(0x10, b"\x01\x02\0\0", flags=0x12)
    with pytest.raises(InterruptedError):
        request(FakeKernel(lambda _: [part]), DUMP)


def test_an_answer_that_cannot_be_decoded_is_an_oserror() -> None:
    cut = struct.pack("=IHHII", 24, 0x10, 0, 1, 0) + b"\x01\x02\0\0" + struct.pack("=HH", 400, 1)
    with pytest.raises(OSError, match="no number for the family"):
        family(FakeKernel(lambda _: [cut]))
    short = struct.pack("=IHHII", 17, 0x10, 0, 1, 0) + b"\x01"
    with pytest.raises(OSError, match="makes no sense"):
        family(FakeKernel(lambda _: [short]))


@pytest.mark.parametrize("length", [0, 15, 99])
def test_a_wrong_length_is_not_followed(length: int) -> None:
    with pytest.raises(OSError, match="wrong length"):
        list(messages(struct.pack("=IHHII", length, 3, 0, 1, 0)))


@given(st.binary(max_size=200))
def test_any_datagram_gives_messages_or_an_oserror(datagram: bytes) -> None:
    try:
        found = list(messages(datagram))
    except OSError as error:
        assert error.errno == errno.EBADMSG
        return
    assert sum(len(octets) for *_, octets in found) <= len(datagram)
