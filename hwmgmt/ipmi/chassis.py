"""Power and identification light (IPMI 2.0, chapter 28)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut

# Requested seconds beyond a byte mean "until told otherwise".
LONGEST_IDENTIFY_S = 255
_INVALID_LENGTH = {0xC7, 0xC8, 0xCC}


class PowerAction(StrEnum):
    """Chassis Control, with ipmitool's words."""

    ON = "on"
    OFF = "off"  # at once, as if the cord were pulled
    CYCLE = "cycle"  # off, a pause, on
    RESET = "reset"
    DIAG = "diag"  # a non-maskable interrupt
    SOFT = "soft"  # asks the operating system through ACPI


_CONTROL = {
    PowerAction.OFF: 0,
    PowerAction.ON: 1,
    PowerAction.CYCLE: 2,
    PowerAction.RESET: 3,
    PowerAction.DIAG: 4,
    PowerAction.SOFT: 5,
}


@dataclass(frozen=True, slots=True)
class ChassisStatus:
    """Get Chassis Status. `last_events`: why power was last lost; `faults`: what is wrong now."""

    power_on: bool
    faults: tuple[str, ...]
    restore_policy: str
    last_events: tuple[str, ...]
    identify: str


_POWER_FAULTS = ((1, "power overload"), (2, "interlock"), (3, "power fault"), (4, "power control fault"))
_LAST = (
    (0, "AC failed"),
    (1, "power overload"),
    (2, "interlock"),
    (3, "power fault"),
    (4, "on by IPMI command"),
)
_MISC_FAULTS = ((0, "chassis intrusion"), (2, "drive fault"), (3, "cooling or fan fault"))
_POLICY = ("stays off", "as before", "always on", "unknown")
_IDENTIFY = ("off", "timed", "on", "unknown")


def _named(byte: int, table: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    return tuple(name for bit, name in table if byte >> bit & 1)


def status(bmc: Bmc) -> ChassisStatus:
    """Raises `NoAnswer`."""
    raw = cut(bmc.ask(Netfn.CHASSIS, 0x01), 3, "chassis status")
    return ChassisStatus(
        power_on=bool(raw[0] & 1),
        faults=_named(raw[0], _POWER_FAULTS) + _named(raw[2], _MISC_FAULTS),
        restore_policy=_POLICY[raw[0] >> 5 & 0x3],
        last_events=_named(raw[1], _LAST),
        identify=_IDENTIFY[raw[2] >> 4 & 0x3] if raw[2] & 0x40 else "unknown",
    )


def power(bmc: Bmc, action: PowerAction) -> None:
    """Raises `NoAnswer`. A BMC accepts the command before it acts: see `status` for the outcome."""
    bmc.ask(Netfn.CHASSIS, 0x02, bytes([_CONTROL[action]]))


def identify(bmc: Bmc, seconds: int | None) -> None:
    """Light for `seconds` (0 puts it out), or until told otherwise if None. Raises `NoAnswer`.

    pyghmi's own `set_identify` does not work in-band (its local session lacks `ipmiversion`): hence the
    command.
    """
    if seconds is not None:
        bmc.ask(Netfn.CHASSIS, 0x04, bytes([max(0, min(seconds, LONGEST_IDENTIFY_S))]))
        return
    try:
        bmc.ask(Netfn.CHASSIS, 0x04, b"\x00\x01")
    except NoAnswer as error:
        # "Force on" came with IPMI 2.0; older BMCs know the byte of seconds only.
        if error.code not in _INVALID_LENGTH:
            raise
        bmc.ask(Netfn.CHASSIS, 0x04, bytes([LONGEST_IDENTIFY_S]))
