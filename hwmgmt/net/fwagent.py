"""The LLDP agent inside a network card, which eats LLDP frames before the kernel sees them.

While it runs, silence on the port proves nothing: the switch may talk and nobody here hears it. Intel's
drivers show it as an ethtool private flag, with opposite senses in i40e and ice. i40e keeps the setting over
a reboot. Other drivers have no such agent, or one that only the vendor's own tool reaches: tables say which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hwmgmt.net.fibre import VIRTUAL_DRIVERS
from hwmgmt.reading import Reading, Reason, known, missing
from mailward.errors import Failed


class Agent(StrEnum):
    """State of the agent in the card."""

    OFF = "off"
    ON = "on"
    NONE = "none"  # this kind of card has none


@dataclass(frozen=True, slots=True)
class Flag:
    """A private flag that switches the agent: `on_when` is the flag's value while the agent runs."""

    name: str
    on_when: bool


#: Flag by driver. ice renamed its flag twice; the first one found is used.
FLAGS: Mapping[str, tuple[Flag, ...]] = {
    "i40e": (Flag("disable-fw-lldp", on_when=False),),
    "ice": (
        Flag("fw-lldp-agent", on_when=True),
        Flag("enable-fw-lldp", on_when=True),
        Flag("disable-fw-lldp", on_when=False),
    ),
}

#: Drivers of cards whose firmware does not speak LLDP: DCB, if any, is done by the host.
WITHOUT_AGENT = VIRTUAL_DRIVERS | {"igb", "igc", "ixgbe", "ixgbevf", "tg3", "r8169", "veth"}

#: Drivers of cards with an agent that no private flag reaches, and the tool that does.
BEYOND_REACH: Mapping[str, str] = {
    "bnx2x": "the adapter's preboot setup (Comprehensive Configuration Management)",
    "bnxt_en": "bnxtnvm or niccli",
    "enic": "the adapter's settings in CIMC (vNIC, LLDP)",
    "mlx5_core": "mstconfig (LLDP_NB_DCBX_P1, LLDP_NB_RX_MODE_P1)",
    "qede": "qlediag or the adapter's preboot setup",
}


class FlagPort(Protocol):
    """What is used of ethtool."""

    def private_flags(self, port: str, /) -> Reading[dict[str, bool]]: ...
    def set_private_flag(self, port: str, name: str, value: bool, /) -> Reading[bool]: ...


class NotSwitched(Failed):
    """The agent could not be switched, or did not stay so."""

    key = "hw.lldp.firmware-agent"
    sentence = "the LLDP agent in the card of {port} is not {wanted}: {why}"
    remedy = "{hint}"


def flag_of(driver: str, flags: Mapping[str, bool]) -> Flag | None:
    """The flag that this driver has, of those in the table."""
    return next((flag for flag in FLAGS.get(driver, ()) if flag.name in flags), None)


def read(port: str, driver: Reading[str], ethtool: FlagPort) -> Reading[Agent]:
    """State of the agent in the card of `port`; unsupported, with why, when it cannot be told."""
    if driver.value is None:
        return missing(driver.reason, f"driver of {port} is not known: {driver.detail}")
    name = driver.value
    if name in WITHOUT_AGENT:
        return known(Agent.NONE, detail=f"{name} cards have no LLDP agent")
    if tool := BEYOND_REACH.get(name):
        return missing(Reason.UNSUPPORTED, f"{name} cards have an agent that only {tool} reaches")
    if name not in FLAGS:
        return missing(Reason.UNSUPPORTED, f"whether {name} cards have an LLDP agent is not known")
    flags = ethtool.private_flags(port)
    if flags.value is None:
        return missing(flags.reason, flags.detail)
    flag = flag_of(name, flags.value)
    if flag is None:
        wanted = " or ".join(flag.name for flag in FLAGS[name])
        return missing(Reason.UNSUPPORTED, f"{name} shows no flag {wanted}: driver or firmware is too old")
    on = flags.value[flag.name] is flag.on_when
    state = "on" if flags.value[flag.name] else "off"
    return known(Agent.ON if on else Agent.OFF, detail=f"private flag {flag.name} {state}")


def switch(port: str, driver: Reading[str], ethtool: FlagPort, *, on: bool) -> Reading[Agent]:
    """Switch the agent and read it back. What has no agent is left as it is.

    Raises `NotSwitched` when the driver refuses (i40e: NPAR, or firmware API before 1.7) or does not do it.
    """
    wanted = Agent.ON if on else Agent.OFF
    before = read(port, driver, ethtool)
    if before.value in (Agent.NONE, wanted):
        return before
    if before.value is None:
        hint = "Ask the administrator of the switch whether its port has LLDP off"
        raise NotSwitched(port=port, wanted=wanted.value, why=before.detail, hint=hint)
    flag = flag_of(driver.need(), ethtool.private_flags(port).otherwise({}))
    if flag is None:
        raise NotSwitched(port=port, wanted=wanted.value, why="its flag went away", hint="Try again")
    answer = ethtool.set_private_flag(port, flag.name, flag.on_when if on else not flag.on_when)
    after = read(port, driver, ethtool)
    if after.value is not wanted:
        why = answer.detail or after.detail or f"private flag {flag.name} did not change"
        hint = (
            "Update the card's firmware, and turn off NPAR in its setup, or turn LLDP off on the switch only"
        )
        raise NotSwitched(port=port, wanted=wanted.value, why=why, hint=hint)
    return after
