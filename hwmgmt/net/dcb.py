"""DCB netlink: who negotiates DCBX on a port, and which application priorities are in force. Read only.

RTM_GETDCB with struct dcbmsg in front (linux/dcbnl.h). A port whose firmware manages DCBX learns its
FCoE priority from a switch that the kernel never hears; the table that it reports is then the only witness.
"""

# pyroute2 has no types, so its message classes are Any to mypy.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from typing import Any

from pyroute2.netlink import nla, nlmsg

from hwmgmt.net import netlink
from hwmgmt.net.lldp.dcbx import CEE_SELECTORS, IEEE_SELECTORS, Application, Dialect, Selector, bits
from hwmgmt.net.netlink import ROUTE, Netlink, OpenNetlink
from hwmgmt.reading import Reading, Reason, failed, known, missing

RTM_GETDCB = 78


class Command(IntEnum):
    """enum dcbnl_commands."""

    IEEE_GET = 21
    GDCBX = 22
    CEE_GET = 26


class Mode(IntFlag):
    """DCB_CAP_DCBX_*: who runs DCBX and in which dialect."""

    HOST = 0x01
    MANAGED = 0x02
    CEE = 0x04
    IEEE = 0x08
    STATIC = 0x10


class Owner(StrEnum):
    """Who negotiates."""

    HOST = "host"  # an agent such as lldpad, in user space
    FIRMWARE = "firmware"  # the card itself, unseen by the kernel
    STATIC = "static"  # nobody; the card has fixed settings
    NOBODY = "nobody"


class _App(nla):
    """struct dcb_app: the protocol is in host order, the priority a number (IEEE) or a bitmap (CEE)."""

    fields = (("selector", "B"), ("priority", "B"), ("protocol", "H"))


class _Table(nla):
    nla_map = (("INFO", "hex"), ("APP", "app"))
    app = _App


class _CeePeerTable(nla):
    nla_map = (("NONE", "none"), ("INFO", "hex"), ("APP", "app"))
    app = _App


class _Ieee(nla):
    nla_map = (
        ("DCB_ATTR_IEEE_UNSPEC", "none"),
        ("DCB_ATTR_IEEE_ETS", "hex"),
        ("DCB_ATTR_IEEE_PFC", "hex"),
        ("APP_TABLE", "table"),
        ("DCB_ATTR_IEEE_PEER_ETS", "hex"),
        ("DCB_ATTR_IEEE_PEER_PFC", "hex"),
        ("PEER_APP_TABLE", "table"),
    )
    table = _Table


class _Cee(nla):
    nla_map = (
        ("DCB_ATTR_CEE_UNSPEC", "none"),
        ("DCB_ATTR_CEE_PEER_PG", "hex"),
        ("DCB_ATTR_CEE_PEER_PFC", "hex"),
        ("PEER_APP_TABLE", "peer_table"),
        ("DCB_ATTR_CEE_TX_PG", "hex"),
        ("DCB_ATTR_CEE_RX_PG", "hex"),
        ("DCB_ATTR_CEE_PFC", "hex"),
        ("APP_TABLE", "table"),
    )
    table = _Table
    peer_table = _CeePeerTable


class DcbMessage(nlmsg):
    """struct dcbmsg and the attributes read here; the others stay octets."""

    fields = (("family", "B"), ("cmd", "B"), ("pad", "H"))
    nla_map = (
        (1, "DCB_ATTR_IFNAME", "asciiz"),
        (13, "DCB_ATTR_IEEE", "ieee"),
        (14, "DCB_ATTR_DCBX", "uint8"),
        (16, "DCB_ATTR_CEE", "cee"),
    )
    ieee = _Ieee
    cee = _Cee


@dataclass(frozen=True, slots=True)
class Dcb:
    """DCB of one port. `applications` are in force here, `peer` is what the other end announced."""

    owner: Owner
    dialects: tuple[Dialect, ...]
    applications: tuple[Application, ...]
    peer: tuple[Application, ...]

    @property
    def fcoe(self) -> bool:
        """Whether FCoE has a priority here or at the other end."""
        return any(one.is_fcoe for one in (*self.applications, *self.peer))


def request(command: Command, port: str) -> DcbMessage:
    """The message that asks for `command` on a port."""
    message = DcbMessage()
    message["family"], message["cmd"], message["pad"] = 0, command, 0
    message["attrs"] = [("DCB_ATTR_IFNAME", port)]
    return message


def owner_of(mode: Mode) -> Owner:
    """Who negotiates, of the bits that DCB_CMD_GDCBX answers."""
    order = ((Mode.STATIC, Owner.STATIC), (Mode.MANAGED, Owner.FIRMWARE), (Mode.HOST, Owner.HOST))
    return next((owner for bit, owner in order if mode & bit), Owner.NOBODY)


def applications_of(message: Any, dialect: Dialect, table: str) -> tuple[Application, ...]:
    """The entries of one table of an answer, in the kernel's order."""
    nest = message.get_attr("DCB_ATTR_IEEE" if dialect is Dialect.IEEE else "DCB_ATTR_CEE")
    entries = nest.get_attr(table) if nest else None
    if not entries:
        return ()
    found = [value for name, value, *_ in entries["attrs"] if name == "APP"]
    if dialect is Dialect.IEEE:
        return tuple(
            Application(
                dialect,
                IEEE_SELECTORS.get(one["selector"], Selector.RESERVED),
                one["protocol"],
                (one["priority"] & 7,),
            )
            for one in found
        )
    return tuple(
        Application(
            dialect,
            CEE_SELECTORS.get(one["selector"], Selector.RESERVED),
            one["protocol"],
            bits(one["priority"]),
        )
        for one in found
    )


def read(
    port: str, *, deadline: float = netlink.DEADLINE, open_socket: OpenNetlink = netlink.open_socket
) -> Reading[Dcb]:
    """DCB of a port; unsupported when its driver has none."""
    try:
        with Netlink(ROUTE, deadline=deadline, open_socket=open_socket) as kernel:
            answers = kernel.request(request(Command.GDCBX, port), RTM_GETDCB, 0, DcbMessage)
            number = answers[0].get_attr("DCB_ATTR_DCBX") if answers else None
            if not isinstance(number, int):  # pyroute2 leaves what it cannot decode as octets
                return missing(Reason.MALFORMED, "an answer without DCBX mode")
            tables = [
                (dialect, answer)
                for dialect, command in ((Dialect.IEEE, Command.IEEE_GET), (Dialect.CEE, Command.CEE_GET))
                for answer in _optional(kernel, command, port)
            ]
    except TimeoutError:
        return missing(Reason.TIMEOUT, f"no answer from the driver within {deadline:g} s")
    except OSError as error:
        return failed(error, port)
    mode = Mode(number)
    return known(
        Dcb(
            owner=owner_of(mode),
            dialects=tuple(
                dialect for bit, dialect in ((Mode.IEEE, Dialect.IEEE), (Mode.CEE, Dialect.CEE)) if mode & bit
            ),
            applications=_all(tables, "APP_TABLE"),
            peer=_all(tables, "PEER_APP_TABLE"),
        )
    )


def _optional(kernel: Netlink, command: Command, port: str) -> list[Any]:
    """The answers in one dialect; a driver that has only the other refuses, which is no fault."""
    try:
        return kernel.request(request(command, port), RTM_GETDCB, 0, DcbMessage)
    except TimeoutError:
        raise
    except OSError:
        return []


def _all(tables: list[tuple[Dialect, Any]], table: str) -> tuple[Application, ...]:
    return tuple(one for dialect, answer in tables for one in applications_of(answer, dialect, table))
