"""Which device the machine boots from next (IPMI 2.0, 28.12 and 28.13, parameter 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer
from hwmgmt.reading import Reason

_SET_IN_PROGRESS, _KEEP_FLAGS, _ACKNOWLEDGE, _FLAGS = 0, 3, 4, 5
_VALID, _PERSISTENT, _UEFI = 0x80, 0x40, 0x20
# Parameters that only prepare the ground; a BMC without them still takes the flags.
_OPTIONAL_REFUSALS = {0x80, 0x82, 0xC1, 0xC7, 0xC9, 0xCC}


class BootDevice(StrEnum):
    """Boot devices, with ipmitool's words."""

    NONE = "none"
    PXE = "pxe"
    DISK = "disk"
    SAFE = "safe"
    DIAG = "diag"
    CDROM = "cdrom"
    BIOS = "bios"
    REMOTE_FLOPPY = "remote-floppy"
    REMOTE_CDROM = "remote-cdrom"
    REMOTE_DISK = "remote-disk"
    FLOPPY = "floppy"


_SELECTOR = {
    BootDevice.NONE: 0,
    BootDevice.PXE: 1,
    BootDevice.DISK: 2,
    BootDevice.SAFE: 3,
    BootDevice.DIAG: 4,
    BootDevice.CDROM: 5,
    BootDevice.BIOS: 6,
    BootDevice.REMOTE_FLOPPY: 7,
    BootDevice.REMOTE_CDROM: 8,
    BootDevice.REMOTE_DISK: 11,
    BootDevice.FLOPPY: 15,
}
_DEVICE = {selector: device for device, selector in _SELECTOR.items()}


@dataclass(frozen=True, slots=True)
class BootOverride:
    """What the firmware is asked to do instead of its own boot order; device none: nothing."""

    device: BootDevice
    persistent: bool = False
    uefi: bool = False


NO_OVERRIDE = BootOverride(BootDevice.NONE)


def read(bmc: Bmc) -> BootOverride:
    """Raises `NoAnswer`; an answer that is not about boot flags is malformed.

    QEMU's simulated BMC answers this command number with the restart cause, on which pyghmi's
    `get_bootdev` ends with a bare AssertionError.
    """
    raw = bmc.ask(Netfn.CHASSIS, 0x09, bytes([_FLAGS, 0, 0]))
    if len(raw) < 5 or raw[0] & 0xF != 1 or raw[1] & 0x7F != _FLAGS:
        raise NoAnswer(Reason.MALFORMED, f"no boot flags in the answer {raw[:7].hex(' ')}")
    if raw[1] & 0x80 or not raw[2] & _VALID:
        return NO_OVERRIDE
    selector = raw[3] >> 2 & 0xF
    if selector not in _DEVICE:
        raise NoAnswer(Reason.MALFORMED, f"boot device {selector} is reserved")
    return BootOverride(_DEVICE[selector], bool(raw[2] & _PERSISTENT), bool(raw[2] & _UEFI))


def write(bmc: Bmc, override: BootOverride) -> BootOverride:
    """Set the override and answer what the BMC then says. Raises `NoAnswer`.

    Persistence and UEFI are bits of one byte: both together are one command, and both are read back.
    """
    _prepare(bmc, _SET_IN_PROGRESS, b"\x01")
    # Without this a BMC drops the override a minute later or at the power command that should use it.
    _prepare(bmc, _KEEP_FLAGS, b"\x08")
    _prepare(bmc, _ACKNOWLEDGE, b"\x01\x01")
    flags = 0
    if override.device is not BootDevice.NONE:
        flags = _VALID | (_PERSISTENT if override.persistent else 0) | (_UEFI if override.uefi else 0)
    try:
        bmc.ask(Netfn.CHASSIS, 0x08, bytes([_FLAGS, flags, _SELECTOR[override.device] << 2, 0, 0, 0]))
    finally:
        _prepare(bmc, _SET_IN_PROGRESS, b"\x00")
    got = read(bmc)
    if got != override:
        raise NoAnswer(Reason.UNSUPPORTED, f"the BMC took {_words(override)} and kept {_words(got)}")
    return got


def _prepare(bmc: Bmc, parameter: int, data: bytes) -> None:
    try:
        bmc.ask(Netfn.CHASSIS, 0x08, bytes([parameter]) + data)
    except NoAnswer as error:
        if error.code not in _OPTIONAL_REFUSALS:
            raise


def _words(override: BootOverride) -> str:
    parts = [override.device.value]
    parts += ["persistent"] if override.persistent else []
    parts += ["uefi"] if override.uefi else []
    return " ".join(parts)
