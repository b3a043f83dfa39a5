"""The BMC's network settings, and whether it may be logged in to (IPMI 2.0, 22.22 and 23.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address, IPv4Network

from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut, reading
from hwmgmt.reading import Reading, Reason

_LAN_MEDIUM = 4
_SET_IN_PROGRESS, _ADDRESS, _SOURCE, _MAC, _MASK, _GATEWAY, _VLAN = 0, 3, 4, 5, 6, 12, 20
# Refusals of "set in progress": parameter unknown, read-only.
_NO_PROGRESS_MARK = {0x80, 0x82, 0xC9, 0xCC}


class AddressSource(IntEnum):
    UNSPECIFIED = 0
    STATIC = 1
    DHCP = 2
    BIOS = 3
    OTHER = 4


class AccessMode(StrEnum):
    """When a channel may be used; "always" is what remote power cycling needs."""

    DISABLED = "disabled"
    PRE_BOOT = "pre-boot"
    ALWAYS = "always"
    SHARED = "shared"


_MODES = tuple(AccessMode)


@dataclass(frozen=True, slots=True)
class LanSettings:
    """Settings of one LAN channel, each with the reason if it could not be read."""

    channel: int
    source: Reading[AddressSource]
    address: Reading[IPv4Address]
    netmask: Reading[IPv4Address]
    gateway: Reading[IPv4Address]
    mac: Reading[str]
    vlan: Reading[int]
    access: Reading[AccessMode]


def channels(bmc: Bmc) -> tuple[int, ...]:
    """Numbers of the LAN channels. Raises `NoAnswer` when the BMC is silent."""
    found = []
    for channel in range(1, 12):
        try:
            raw = cut(bmc.ask(Netfn.APP, 0x42, bytes([channel])), 2, "channel info")
        except NoAnswer as error:
            if error.code is None:
                raise
            continue
        if raw[1] & 0x7F == _LAN_MEDIUM:
            found.append(channel)
    return tuple(found)


def first_channel(bmc: Bmc) -> int:
    """The first LAN channel. Raises `NoAnswer` (absent) if there is none."""
    for channel in channels(bmc):
        return channel
    raise NoAnswer(Reason.ABSENT, "this BMC has no LAN channel")


def read(bmc: Bmc, channel: int) -> LanSettings:
    """Raises nothing: each setting has its reason."""

    def parameter(number: int, length: int) -> bytes:
        answer = bmc.ask(Netfn.TRANSPORT, 0x02, bytes([channel, number, 0, 0]))
        # The first byte is the revision of the parameter.
        return cut(answer, 1 + length, f"LAN parameter {number}")[1:]

    def address(number: int) -> Reading[IPv4Address]:
        return reading(lambda: IPv4Address(parameter(number, 4)))

    return LanSettings(
        channel=channel,
        source=reading(lambda: AddressSource(parameter(_SOURCE, 1)[0] & 0xF)),
        address=address(_ADDRESS),
        netmask=address(_MASK),
        gateway=address(_GATEWAY),
        mac=reading(lambda: parameter(_MAC, 6).hex(":")),
        # Bit 15 is "VLAN on"; 0 stands for none.
        vlan=reading(lambda: _vlan(int.from_bytes(parameter(_VLAN, 2), "little"))),
        access=reading(lambda: access(bmc, channel)),
    )


def not_kept(found: LanSettings, wanted: Mapping[str, object]) -> tuple[str, ...]:
    """What a BMC accepted and then answers otherwise, a phrase each. `wanted` has values by field of `found`.

    What cannot be read is not judged: a session over LAN need not survive the change of its address.
    """
    phrases = []
    for name, value in wanted.items():
        kept: Reading[object] = getattr(found, name)
        if kept.value is not None and kept.value != value:
            phrases.append(f"{name} {_word(value)} (it kept {_word(kept.value)})")
    return tuple(phrases)


def _word(value: object) -> str:
    return value.name.lower() if isinstance(value, AddressSource) else str(value)


def _vlan(word: int) -> int:
    return word & 0xFFF if word & 0x8000 else 0


def access(bmc: Bmc, channel: int) -> AccessMode:
    """The access mode in force now. Raises `NoAnswer`."""
    raw = cut(bmc.ask(Netfn.APP, 0x41, bytes([channel, 0x80])), 1, "channel access")
    mode = raw[0] & 0x7
    if mode >= len(_MODES):
        raise ValueError(f"channel access mode {mode} is reserved")
    return _MODES[mode]


def set_access(bmc: Bmc, channel: int, mode: AccessMode) -> None:
    """Set the access mode, now and after the next power cycle; the other bits stay. Raises `NoAnswer`."""
    for which in (0x40, 0x80):
        raw = cut(bmc.ask(Netfn.APP, 0x41, bytes([channel, which])), 2, "channel access")
        bits = raw[0] & 0x38 | _MODES.index(mode)
        bmc.ask(Netfn.APP, 0x40, bytes([channel, which | bits, which | raw[1] & 0xF]))


def set_dhcp(bmc: Bmc, channel: int) -> None:
    """Let the BMC ask for its address. Raises `NoAnswer`."""
    _write(bmc, channel, [(_SOURCE, bytes([AddressSource.DHCP]))])


def set_static(bmc: Bmc, channel: int, network: str, gateway: IPv4Address | None) -> None:
    """`network` is address/prefix, "192.0.2.9/24". Raises ValueError for a bad one, and `NoAnswer`."""
    address_text, slash, _ = network.partition("/")
    if not slash:
        raise ValueError(f"{network} has no prefix length; write {network}/24")
    address = IPv4Address(address_text)
    net = IPv4Network(network, strict=False)
    if gateway is not None and gateway not in net:
        raise ValueError(f"the gateway {gateway} is not in {net}")
    changes = [
        (_SOURCE, bytes([AddressSource.STATIC])),
        (_ADDRESS, address.packed),
        (_MASK, net.netmask.packed),
    ]
    if gateway is not None:
        changes.append((_GATEWAY, gateway.packed))
    _write(bmc, channel, changes)


def set_vlan(bmc: Bmc, channel: int, vlan: int) -> None:
    """Tag the BMC's frames with `vlan` (1 to 4094), or none if 0. Raises ValueError and `NoAnswer`."""
    if not 0 <= vlan <= 4094:
        raise ValueError(f"VLAN {vlan} is not between 0 and 4094")
    _write(bmc, channel, [(_VLAN, (vlan | (0x8000 if vlan else 0)).to_bytes(2, "little"))])


def _write(bmc: Bmc, channel: int, changes: list[tuple[int, bytes]]) -> None:
    _mark(bmc, channel, 1)
    try:
        for parameter, data in changes:
            bmc.ask(Netfn.TRANSPORT, 0x01, bytes([channel, parameter]) + data)
    finally:
        _mark(bmc, channel, 0)


def _mark(bmc: Bmc, channel: int, state: int) -> None:
    try:
        bmc.ask(Netfn.TRANSPORT, 0x01, bytes([channel, _SET_IN_PROGRESS, state]))
    except NoAnswer as error:
        if error.code not in _NO_PROGRESS_MARK:
            raise
