"""Who the BMC is: Get Device ID (IPMI 2.0, 20.1)."""

from __future__ import annotations

from dataclasses import dataclass

from hwmgmt.ipmi.bmc import Bmc, Netfn, cut


@dataclass(frozen=True, slots=True)
class DeviceId:
    """A BMC's answer to Get Device ID. `manufacturer` is an IANA enterprise number (Cisco: 5771)."""

    device_id: int
    device_revision: int
    firmware: str
    ipmi_version: str
    manufacturer: int
    product: int
    available: bool
    has_device_sdrs: bool
    supports: tuple[str, ...]


# Bits of "additional device support", from bit 0.
_SUPPORT = ("sensor", "sdr", "sel", "fru", "ipmb receiver", "ipmb generator", "bridge", "chassis")


def decode(answer: bytes) -> DeviceId:
    """Raises `NoAnswer` (malformed) when cut off."""
    raw = cut(answer, 11, "device id")
    return DeviceId(
        device_id=raw[0],
        device_revision=raw[1] & 0xF,
        # The minor revision is BCD, and everyone prints it as such.
        firmware=f"{raw[2] & 0x7F}.{raw[3]:02x}",
        ipmi_version=f"{raw[4] & 0xF}.{raw[4] >> 4}",
        manufacturer=int.from_bytes(raw[6:9], "little") & 0xFFFFF,
        product=int.from_bytes(raw[9:11], "little"),
        available=not raw[2] & 0x80,
        has_device_sdrs=bool(raw[1] & 0x80),
        supports=tuple(name for bit, name in enumerate(_SUPPORT) if raw[5] >> bit & 1),
    )


def read(bmc: Bmc) -> DeviceId:
    """Raises `NoAnswer`."""
    return decode(bmc.ask(Netfn.APP, 0x01))
