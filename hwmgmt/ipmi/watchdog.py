"""The BMC's watchdog timer (IPMI 2.0, chapter 27). pyghmi has no call for it; these are its three commands.

The kernel's `ipmi_watchdog` module drives the same timer as /dev/watchdog. Where it does (`kernel_watchdog`),
the kernel owns the timer and setting it from here would end in a reset nobody asked for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from hwmgmt.ipmi.bmc import Bmc, Netfn, cut
from hwmgmt.reading import Reading, Reason, known, list_names, missing, read_text

TICK_S = 0.1
LONGEST_S = 0xFFFF * TICK_S


class TimerUse(IntEnum):
    """Who the timer is running for."""

    NONE = 0
    BIOS_FRB2 = 1
    BIOS_POST = 2
    OS_LOAD = 3
    OS = 4
    OEM = 5


class TimeoutAction(IntEnum):
    NONE = 0
    RESET = 1
    POWER_DOWN = 2
    POWER_CYCLE = 3


@dataclass(frozen=True, slots=True)
class WatchdogState:
    """The timer. Times in seconds; `left_s` is missing where a BMC leaves it out of its answer."""

    use: TimerUse
    running: bool
    logs: bool
    action: TimeoutAction
    pretimeout_s: int
    expired: tuple[TimerUse, ...]
    timeout_s: float
    left_s: Reading[float]


@dataclass(frozen=True, slots=True)
class KernelWatchdog:
    """A watchdog device of the kernel that sits on the BMC's timer."""

    device: str
    identity: str
    state: str


def read(bmc: Bmc) -> WatchdogState:
    """Raises `NoAnswer`. OpenIPMI's simulator leaves out the last two bytes."""
    raw = bmc.ask(Netfn.APP, 0x25)
    head = cut(raw, 6, "watchdog timer")
    left: Reading[float] = missing(Reason.MALFORMED, f"{len(raw)} bytes instead of 8", unit="s")
    if len(raw) >= 8:
        left = known(int.from_bytes(raw[6:8], "little") * TICK_S, "s")
    return WatchdogState(
        use=_use(head[0] & 0x7),
        running=bool(head[0] & 0x40),
        logs=not head[0] & 0x80,
        action=_action(head[1] & 0x7),
        pretimeout_s=head[2],
        expired=tuple(use for use in TimerUse if use and head[3] >> use & 1),
        timeout_s=int.from_bytes(head[4:6], "little") * TICK_S,
        left_s=left,
    )


def _use(code: int) -> TimerUse:
    return TimerUse(code) if code in set(TimerUse) else TimerUse.NONE


def _action(code: int) -> TimeoutAction:
    return TimeoutAction(code) if code in set(TimeoutAction) else TimeoutAction.NONE


def write(bmc: Bmc, action: TimeoutAction, timeout_s: float) -> None:
    """Set the timer for use by the operating system, stopped; `start` (re)starts it. Raises `NoAnswer`."""
    if not 0 < timeout_s <= LONGEST_S:
        raise ValueError(f"a watchdog timeout is more than 0 and at most {LONGEST_S:.1f} s, not {timeout_s}")
    ticks = max(round(timeout_s / TICK_S), 1)
    flag = 1 << TimerUse.OS
    bmc.ask(Netfn.APP, 0x24, struct.pack("<BBBBH", TimerUse.OS, action, 0, flag, ticks))


def start(bmc: Bmc) -> None:
    """Start the timer, or give it its full time again. Raises `NoAnswer` (code 80h: it was never set)."""
    bmc.ask(Netfn.APP, 0x22)


def stop(bmc: Bmc) -> None:
    """Stop the timer; its action becomes none. Raises `NoAnswer`."""
    bmc.ask(Netfn.APP, 0x24, struct.pack("<BBBBH", TimerUse.OS, TimeoutAction.NONE, 0, 1 << TimerUse.OS, 0))


def kernel_watchdog(root: Path = Path("/")) -> Reading[KernelWatchdog]:
    """The kernel's watchdog on the BMC, if its ipmi_watchdog module is loaded."""
    folder = "sys/class/watchdog"
    names = list_names(root, folder)
    if names.value is None:
        return missing(names.reason, names.detail)
    for name in names.value:
        identity = read_text(root, f"{folder}/{name}/identity")
        if "IPMI" in (identity.value or ""):
            state = read_text(root, f"{folder}/{name}/state").otherwise("unknown")
            return known(KernelWatchdog(f"/dev/{name}", identity.need(), state))
    return missing(Reason.ABSENT, "no kernel watchdog is an IPMI one")
