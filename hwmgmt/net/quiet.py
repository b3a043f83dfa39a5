"""Make fibre ports quiet, or undo it: the agent in the card and the programs on this machine that send LLDP.

Every switch is read back, and afterwards the ports are listened on: `done` says that this machine is silent,
`talks` who at the other end is not. The second is for the administrator of the switch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hwmgmt.net import fwagent
from hwmgmt.net.fibre import MediumFound
from hwmgmt.net.fwagent import Agent, NotSwitched
from hwmgmt.net.links import Link
from hwmgmt.net.lldp.listen import FULL_LISTEN, Hearing, Sighting, everybody_heard
from hwmgmt.net.status import Machine, driver_or_kind
from hwmgmt.reading import Reading, Reason, missing

#: Seconds for a card to come back: i40e resets itself when the agent is switched.
RETURN_DEADLINE = 15.0
_RETURN_POLL = 0.25


@dataclass(frozen=True, slots=True)
class Switched:
    """One agent: what it was, what it is now. `agent` is "firmware" or a program's name."""

    agent: str
    before: Reading[Agent]
    after: Reading[Agent]

    @property
    def changed(self) -> bool:
        return self.before.value is not self.after.value


@dataclass(frozen=True, slots=True)
class PortQuieted:
    """One port after the work. `heard` has what came in and went out while it was listened on."""

    port: str
    medium: MediumFound
    switched: tuple[Switched, ...]
    wanted: Agent
    heard: Reading[tuple[Sighting, ...]]

    @property
    def done(self) -> bool:
        """Whether each agent is as wanted, and, when that is off, nothing was heard to be sent from here."""
        as_wanted = all(one.after.value in (self.wanted, Agent.NONE) for one in self.switched)
        return as_wanted and (self.wanted is Agent.ON or not self.sends)

    @property
    def sends(self) -> tuple[Sighting, ...]:
        return tuple(one for one in self.heard.otherwise(()) if one.ours and not one.is_goodbye)

    @property
    def talks(self) -> tuple[Sighting, ...]:
        """Who at the other end still talks LLDP, FIP or FCoE."""
        return tuple(one for one in self.heard.otherwise(()) if not one.ours and not one.is_goodbye)


def _never(heard: Hearing) -> bool:
    return False


def switch_ports(
    ports: Sequence[tuple[Link, MediumFound]],
    machine: Machine,
    *,
    on: bool,
    seconds: float = FULL_LISTEN,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[PortQuieted, ...]:
    """Switch all agents of these ports, then listen for `seconds` (0: do not listen). Never raises."""
    wanted = Agent.ON if on else Agent.OFF
    switched = {link.name: _switch(link, machine, on=on) for link, _ in ports}
    changed = {name for name, steps in switched.items() if steps[0].changed}
    names = [link.name for link, _ in ports if link.up]
    if seconds > 0:
        _wait_for_return([name for name in names if name in changed], machine, clock, sleep)
    # Silence from here shows only if it is listened for to the end.
    until = everybody_heard if on else _never
    heard = machine.listen(names, seconds, until=until) if names and seconds > 0 else {}
    unheard: Reading[tuple[Sighting, ...]] = missing(Reason.UNSUPPORTED, "not listened on")
    return tuple(
        PortQuieted(link.name, medium, switched[link.name], wanted, heard.get(link.name, unheard))
        for link, medium in ports
    )


def _switch(link: Link, machine: Machine, *, on: bool) -> tuple[Switched, ...]:
    driver = driver_or_kind(link)
    before = fwagent.read(link.name, driver, machine.driver)
    try:
        after = fwagent.switch(link.name, driver, machine.driver, on=on)
    except NotSwitched as error:
        after = missing(before.reason if not before.ok else Reason.UNSUPPORTED, str(error))
    steps = [Switched("firmware", before, after)]
    for agent in machine.agents:
        was = agent.state(link.name, link.index)
        idle = was.value in (Agent.NONE, Agent.ON if on else Agent.OFF)
        now = was if idle else agent.switch(link.name, link.index, on=on)
        steps.append(Switched(agent.name, was, now))
    return tuple(steps)


def _wait_for_return(
    names: Sequence[str], machine: Machine, clock: Callable[[], float], sleep: Callable[[float], None]
) -> None:
    """Give cards that reset themselves time to have a carrier again; listening will tell if they have not."""
    until = clock() + RETURN_DEADLINE
    while names and clock() < until:
        network = machine.network(machine.root)
        links = [network.value.link(name) for name in names] if network.value else []
        if links and all(link and link.carrier.value for link in links):
            return
        sleep(_RETURN_POLL)
