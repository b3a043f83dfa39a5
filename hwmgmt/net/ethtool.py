"""What ethtool asks a driver, over generic netlink: port type, module, private flags; reasons, deadlines.

pyroute2 knows the numbers ETHTOOL_MSG_PRIVFLAGS_GET and _SET and has no message for them; that message is
here, made of its header and bitset classes (Documentation/networking/ethtool-netlink.rst, PRIVFLAGS_GET).
"""

# pyroute2 has no types, so its message classes are Any to mypy.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pyroute2.netlink import genlmsg
from pyroute2.netlink.generic import ethtool

from hwmgmt.net import netlink
from hwmgmt.net.netlink import ACK, GENERIC, Netlink, OpenNetlink
from hwmgmt.reading import Reading, Reason, failed, known, missing


class PrivateFlagsMessage(genlmsg):
    """ETHTOOL_MSG_PRIVFLAGS_GET, _GET_REPLY and _SET."""

    nla_map = (
        ("ETHTOOL_A_PRIVFLAGS_UNSPEC", "none"),
        ("ETHTOOL_A_PRIVFLAGS_HEADER", "ethtoolheader"),
        ("ETHTOOL_A_PRIVFLAGS_FLAGS", "ethtoolbitset"),
    )
    ethtoolheader = ethtool.ethtoolheader
    ethtoolbitset = ethtool.ethtoolbitset


class PortType(StrEnum):
    """The connector, as the driver sees it (PORT_* of linux/ethtool.h)."""

    TWISTED_PAIR = "twisted-pair"
    AUI = "aui"
    MII = "mii"
    FIBRE = "fibre"
    BNC = "bnc"
    DIRECT_ATTACH = "direct-attach"
    NONE = "none"
    OTHER = "other"


_PORTS = {
    0x00: PortType.TWISTED_PAIR,
    0x01: PortType.AUI,
    0x02: PortType.MII,
    0x03: PortType.FIBRE,
    0x04: PortType.BNC,
    0x05: PortType.DIRECT_ATTACH,
    0xEF: PortType.NONE,
    0xFF: PortType.OTHER,
}

_HEADER_LINKINFO = "ETHTOOL_A_LINKINFO_HEADER"
#: First octet of a module's memory (SFF-8024 table 4-1).
MODULES = {
    0x03: "SFP/SFP+/SFP28",
    0x0C: "QSFP",
    0x0D: "QSFP+",
    0x11: "QSFP28",
    0x18: "QSFP-DD",
    0x1E: "QSFP+ with CMIS",
}
_MODULE_ADDRESS = 0x50


def _header(port: str) -> dict[str, Any]:
    return {"attrs": [("ETHTOOL_A_HEADER_DEV_NAME", port)]}


def private_flags_get(port: str) -> PrivateFlagsMessage:
    """The request for a port's private flags."""
    message = PrivateFlagsMessage()
    message["cmd"], message["version"] = ethtool.ETHTOOL_MSG_PRIVFLAGS_GET, ethtool.ETHTOOL_GENL_VERSION
    message["attrs"] = [("ETHTOOL_A_PRIVFLAGS_HEADER", _header(port))]
    return message


def private_flags_set(port: str, flags: Mapping[str, bool]) -> PrivateFlagsMessage:
    """The request to change the named flags and leave the others alone (a bitset in verbose form)."""
    bits = []
    for name, value in flags.items():
        attrs: list[tuple[str, object]] = [("ETHTOOL_A_BITSET_BIT_NAME", name)]
        if value:
            attrs.append(("ETHTOOL_A_BITSET_BIT_VALUE", True))
        bits.append(("ETHTOOL_A_BITSET_BITS_BIT", {"attrs": attrs}))
    message = PrivateFlagsMessage()
    message["cmd"], message["version"] = ethtool.ETHTOOL_MSG_PRIVFLAGS_SET, ethtool.ETHTOOL_GENL_VERSION
    message["attrs"] = [
        ("ETHTOOL_A_PRIVFLAGS_HEADER", _header(port)),
        ("ETHTOOL_A_PRIVFLAGS_FLAGS", {"attrs": [("ETHTOOL_A_BITSET_BITS", {"attrs": bits})]}),
    ]
    return message


def flags_of(message: Any) -> dict[str, bool]:
    """The flags in an answer, in the driver's order."""
    bitset = message.get_attr("ETHTOOL_A_PRIVFLAGS_FLAGS")
    bits = bitset.get_attr("ETHTOOL_A_BITSET_BITS") if bitset else None
    found = {}
    for _, bit, *_ in bits["attrs"] if bits else ():
        name = bit.get_attr("ETHTOOL_A_BITSET_BIT_NAME")
        if name is not None:
            found[str(name)] = bool(bit.get_attr("ETHTOOL_A_BITSET_BIT_VALUE"))
    return found


class Ethtool:
    """Answers questions about ports; each call is one exchange with its own deadline."""

    def __init__(
        self, *, deadline: float = netlink.DEADLINE, open_socket: OpenNetlink = netlink.open_socket
    ) -> None:
        self._deadline = deadline
        self._open = open_socket

    def _ask(self, message: Any, flags: int, answer: type) -> Reading[list[Any]]:
        try:
            with Netlink(GENERIC, deadline=self._deadline, open_socket=self._open) as kernel:
                return known(kernel.request(message, kernel.family("ethtool"), flags, answer))
        except TimeoutError:
            return missing(Reason.TIMEOUT, f"no answer from the driver within {self._deadline:g} s")
        except OSError as error:
            return failed(error)

    def private_flags(self, port: str) -> Reading[dict[str, bool]]:
        """All private flags of a port; unsupported when its driver has none."""
        answers = self._ask(private_flags_get(port), 0, PrivateFlagsMessage)
        if answers.value is None:
            return missing(answers.reason, answers.detail)
        flags = flags_of(answers.value[0]) if answers.value else {}
        return known(flags) if flags else missing(Reason.UNSUPPORTED, "the driver has no private flags")

    def set_private_flag(self, port: str, name: str, value: bool) -> Reading[bool]:
        """Set one flag; the reading is the value found *afterwards*, as the driver tells it."""
        answers = self._ask(private_flags_set(port, {name: value}), ACK, PrivateFlagsMessage)
        if answers.value is None:
            return missing(answers.reason, answers.detail)
        flags = self.private_flags(port)
        if flags.value is None:
            return missing(flags.reason, f"after setting {name}: {flags.detail}")
        if name not in flags.value:
            return missing(Reason.MALFORMED, f"{name} was accepted and is not among the flags")
        return known(flags.value[name])

    def port_type(self, port: str) -> Reading[PortType]:
        """The connector of a port."""
        message = ethtool.ethtool_linkinfo_msg()
        message["cmd"], message["version"] = ethtool.ETHTOOL_MSG_LINKINFO_GET, ethtool.ETHTOOL_GENL_VERSION
        message["attrs"] = [(_HEADER_LINKINFO, _header(port))]
        answers = self._ask(message, 0, ethtool.ethtool_linkinfo_msg)
        if answers.value is None:
            return missing(answers.reason, answers.detail)
        number = answers.value[0].get_attr("ETHTOOL_A_LINKINFO_PORT") if answers.value else None
        if number not in _PORTS:
            return missing(Reason.MALFORMED, f"port type {number}")
        return known(_PORTS[number])

    def link_modes(self, port: str) -> Reading[tuple[str, ...]]:
        """Names of the modes the port supports, such as `10000baseSR/Full`."""
        message = ethtool.ethtool_linkmode_msg()
        message["cmd"], message["version"] = ethtool.ETHTOOL_MSG_LINKMODES_GET, ethtool.ETHTOOL_GENL_VERSION
        message["attrs"] = [("ETHTOOL_A_LINKMODES_HEADER", _header(port))]
        answers = self._ask(message, 0, ethtool.ethtool_linkmode_msg)
        if answers.value is None:
            return missing(answers.reason, answers.detail)
        ours = answers.value[0].get_attr("ETHTOOL_A_LINKMODES_OURS") if answers.value else None
        bits = ours.get_attr("ETHTOOL_A_BITSET_BITS") if ours else None
        names = [bit.get_attr("ETHTOOL_A_BITSET_BIT_NAME") for _, bit, *_ in (bits["attrs"] if bits else ())]
        return known(tuple(str(name) for name in names if name))

    def module(self, port: str) -> Reading[str]:
        """The kind of module in the port's cage; absent when the cage is empty."""
        message = ethtool.ethtool_module_eeprom_msg()
        message["cmd"] = ethtool.ETHTOOL_MSG_MODULE_EEPROM_GET
        message["version"] = ethtool.ETHTOOL_GENL_VERSION
        message["attrs"] = [
            ("ETHTOOL_A_MODULE_EEPROM_HEADER", _header(port)),
            ("ETHTOOL_A_MODULE_EEPROM_OFFSET", 0),
            ("ETHTOOL_A_MODULE_EEPROM_LENGTH", 1),
            ("ETHTOOL_A_MODULE_EEPROM_PAGE", 0),
            ("ETHTOOL_A_MODULE_EEPROM_BANK", 0),
            ("ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS", _MODULE_ADDRESS),
        ]
        answers = self._ask(message, 0, ethtool.ethtool_module_eeprom_msg)
        if answers.value is None:
            return missing(answers.reason, answers.detail)
        data = answers.value[0].get_attr("ETHTOOL_A_MODULE_EEPROM_DATA") if answers.value else None
        if not data:
            return missing(Reason.MALFORMED, "an empty answer for the module's memory")
        return known(MODULES.get(data[0], f"module of kind 0x{data[0]:02x}"))
