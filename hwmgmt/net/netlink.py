"""A netlink socket with a deadline, under pyroute2's message classes.

pyroute2 brings the codecs. Its sockets wait for the kernel without bound, and a driver that hangs in its
ethtool callback holds the routing lock with it, so the exchange itself is here: one request, its answers, a
deadline in seconds. The socket comes from outside, which is how the tests replay recorded answers.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from pyroute2.netlink import ctrlmsg
from pyroute2.netlink.exceptions import NetlinkDecodeError

ROUTE = socket.NETLINK_ROUTE
GENERIC = 16

REQUEST, ACK, DUMP = 0x01, 0x04, 0x300
_MULTI, _INTERRUPTED, _CAPPED, _WITH_TLVS = 0x02, 0x10, 0x100, 0x200
_ERROR, _DONE = 2, 3
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_HEADER = struct.Struct("=IHHII")
_RECEIVE = 1 << 17
_CONTROL_FAMILY, _GET_FAMILY = 0x10, 3

#: Seconds for one request. The kernel answers in microseconds unless a driver is stuck.
DEADLINE = 3.0


class NetlinkSocket(Protocol):
    """What is used of a socket."""

    def settimeout(self, seconds: float | None, /) -> None: ...
    def send(self, data: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


def open_socket(protocol: int) -> NetlinkSocket:
    """A netlink socket that says in words why a request is refused. Raises OSError."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    for option in (_CAP_ACK, _EXT_ACK):
        netlink.setsockopt(_SOL_NETLINK, option, 1)
    netlink.bind((0, 0))
    return netlink


OpenNetlink = Callable[[int], NetlinkSocket]


class Netlink:
    """One conversation with the kernel. A context manager; not for more than one thread.

    `request` raises OSError with the kernel's errno (EOPNOTSUPP, ENODEV, EPERM) and TimeoutError when the
    deadline passes.
    """

    def __init__(
        self,
        protocol: int,
        *,
        deadline: float = DEADLINE,
        open_socket: OpenNetlink = open_socket,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._socket = open_socket(protocol)
        self._deadline = deadline
        self._clock = clock
        self._sequence = 0

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(self, message: Any, kind: int, flags: int, answer: type) -> list[Any]:
        """Send `message` (a pyroute2 nlmsg) as type `kind`; the answers, decoded by the class `answer`."""
        self._sequence += 1
        message["header"]["type"] = kind
        message["header"]["flags"] = REQUEST | flags
        message["header"]["sequence_number"] = self._sequence
        message["header"]["pid"] = 0
        message.encode()
        until = self._clock() + self._deadline
        self._socket.settimeout(self._deadline)
        self._socket.send(bytes(message.data))
        found = []
        for kind_of_answer, octets in self._answers(until, wait_for_ack=bool(flags & (ACK | DUMP))):
            if kind_of_answer == _ERROR:
                raise_errno(octets)
            found.append(_decoded(answer, octets))
        return found

    def _answers(self, until: float, *, wait_for_ack: bool) -> Iterator[tuple[int, bytes]]:
        """The messages that answer the present request, the closing one not included."""
        while True:
            left = until - self._clock()
            if left <= 0:
                raise TimeoutError(errno.ETIMEDOUT, "no answer from the kernel")
            self._socket.settimeout(left)
            try:
                datagram = self._socket.recv(_RECEIVE)
            except TimeoutError as error:  # the socket's own has no errno
                raise TimeoutError(errno.ETIMEDOUT, "no answer from the kernel") from error
            for kind, flags, sequence, octets in messages(datagram):
                if sequence != self._sequence:
                    continue  # the late answer to a request that was given up
                if flags & _INTERRUPTED and flags & _MULTI:
                    raise InterruptedError(errno.EINTR, "links changed while they were listed")
                if kind == _DONE or (kind == _ERROR and not struct.unpack_from("=i", octets, 16)[0]):
                    return
                yield kind, octets
                if not wait_for_ack and not flags & _MULTI:
                    return

    def family(self, name: str) -> int:
        """The number of a generic netlink family. Raises OSError, ENOENT when the kernel has none such."""
        message = ctrlmsg()
        message["cmd"], message["version"] = _GET_FAMILY, 1
        message["attrs"] = [("CTRL_ATTR_FAMILY_NAME", name)]
        answers = self.request(message, _CONTROL_FAMILY, 0, ctrlmsg)
        number = answers[0].get_attr("CTRL_ATTR_FAMILY_ID") if answers else None
        if not isinstance(number, int):  # pyroute2 leaves what it cannot decode as octets
            raise OSError(errno.EBADMSG, f"no number for the family {name}")
        return number


def _decoded(answer: type, octets: bytes) -> Any:
    """An answer taken apart by pyroute2; its several decoding errors as one OSError (EBADMSG)."""
    try:
        message = answer(octets)
        message.decode()
    except (NetlinkDecodeError, struct.error, ValueError, LookupError, TypeError) as error:
        raise OSError(errno.EBADMSG, f"a netlink message that makes no sense: {error!r}") from error
    return message


def messages(datagram: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Type, flags, sequence number and octets of each message in a datagram. Raises OSError (EBADMSG)."""
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(datagram, at)
        shortest = _HEADER.size + (4 if kind == _ERROR else 0)
        if length < shortest or at + length > len(datagram):
            raise OSError(errno.EBADMSG, "a netlink message with a wrong length")
        yield kind, flags, sequence, datagram[at : at + length]
        at += (length + 3) & ~3


def raise_errno(octets: bytes) -> None:
    """Raise the OSError that an NLMSG_ERROR carries, in the kernel's own words where it has some."""
    code = -struct.unpack_from("=i", octets, 16)[0]
    text = _words(octets)
    why = os.strerror(code)
    raise OSError(code, f"{why} ({text})" if text else why)


def _words(octets: bytes) -> str:
    """The extended acknowledgement's text (NLMSGERR_ATTR_MSG); empty when there is none."""
    flags = _HEADER.unpack_from(octets)[2]
    if not flags & _WITH_TLVS or len(octets) < 36:
        return ""
    sent = _HEADER.size if flags & _CAPPED else struct.unpack_from("=I", octets, 20)[0]
    at = 20 + ((sent + 3) & ~3)
    while at + 4 <= len(octets):
        length, kind = struct.unpack_from("=HH", octets, at)
        if length < 4:
            break
        if kind & 0x3FFF == 1:
            return octets[at + 4 : at + length].rstrip(b"\0").decode("utf-8", "replace")
        at += (length + 3) & ~3
    return ""
