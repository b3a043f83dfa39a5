"""The reboot and upgrade guard of the fibre models (U6): one function, one verdict.

Before a C695 or C695F reboots or upgrades, LLDP must be off on the switch ports its fibre ports are plugged
into, which disables FCoE traffic too. `decide` holds the rule and is pure; `check` gathers and decides.
Silence counts only where frames could have been heard and for long enough: what is not known blocks, with a
reason, until somebody who looked at the switch vouches for the port.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hwmgmt.models.detect import Detected
from hwmgmt.net.dcb import Owner
from hwmgmt.net.fibre import Medium
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.lldp.listen import FULL_LISTEN, Heard, Sighting, everybody_heard
from hwmgmt.net.lldp.neighbour import Neighbour
from hwmgmt.net.status import Machine, PortStatus, choose, read_status
from hwmgmt.reading import Reading, Reason
from mailward.errors import Rejected

#: Models that U6 names.
GUARDED = frozenset({"C695", "C695F"})


class Outcome(StrEnum):
    CLEAR = "clear"
    BLOCKED = "blocked"


class Cause(StrEnum):
    """Why a port blocks."""

    LLDP = "lldp"  # the switch talks LLDP
    FCOE = "fcoe"  # FIP or FCoE frames arrive, or the card's firmware was told of FCoE
    FIRMWARE_AGENT = "firmware-agent"  # the card swallows LLDP, so silence proves nothing
    UNKNOWN = "unknown"  # it could not be found out


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a port blocks, and what to do. `neighbour` names the switch port where it is known.

    `confirmable`: somebody who looked at the switch may vouch for the port; not for what was heard, though.
    """

    port: str
    cause: Cause
    what: str
    remedy: str
    neighbour: Neighbour | None = None
    confirmable: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`because` is one sentence; `checked` are the ports looked at; `confirmed` those only vouched for."""

    outcome: Outcome
    because: str
    findings: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def clear(self) -> bool:
        return self.outcome is Outcome.CLEAR

    def require(self) -> None:
        """Raise `SwitchStillTalks` unless clear: for the sequence of an upgrade and for `reboot`."""
        if not self.clear:
            raise SwitchStillTalks(
                because=self.because, remedies="; ".join(dict.fromkeys(one.remedy for one in self.findings))
            )


class SwitchStillTalks(Rejected):
    """U6: not before LLDP is off on the switch's side."""

    key = "hw.guard.lldp"
    sentence = "no reboot or upgrade yet: {because}"
    remedy = "{remedies}"


def applies(model: Detected) -> bool:
    """Whether U6 is about this machine: it is, or may be, one of the guarded models.

    A machine that no detector knows may be one. One that is known to be another model is not.
    """
    return not model.candidates or bool(GUARDED & set(model.candidates))


def decide(
    model: Detected,
    ports: Sequence[PortStatus],
    *,
    confirmed: Collection[str] = (),
    enough: float = FULL_LISTEN,
) -> Verdict:
    """The verdict on ports whose status is known.

    `confirmed` are ports somebody vouches for; `enough` the seconds of silence that mean something.
    """
    who = " or ".join(model.candidates) or "unknown hardware"
    if not applies(model):
        return Verdict(Outcome.CLEAR, f"{who} has no fibre ports that need it")
    notes = _notes(ports)
    found = [finding for port in ports for finding in findings(port, enough=enough)]
    left = tuple(one for one in found if not (one.confirmable and one.port in confirmed))
    vouched = tuple(dict.fromkeys(one.port for one in found if one not in left))
    names = tuple(port.link.name for port in ports)
    if left:
        return Verdict(Outcome.BLOCKED, f"{who}: {_why(left)}", left, names, vouched, notes)
    why = "its fibre ports are quiet" if names else "no port of it is fibre"
    return Verdict(Outcome.CLEAR, f"{who}: {why}", (), names, vouched, notes)


def _why(left: Sequence[Finding]) -> str:
    talks = dict.fromkeys(one.port for one in left if one.cause in (Cause.LLDP, Cause.FCOE))
    unsure = dict.fromkeys(one.port for one in left if one.port not in talks)
    parts = [f"LLDP or FCoE is still on at the switch for {', '.join(talks)}"] if talks else []
    parts += [f"{', '.join(unsure)} may not be quiet"] if unsure else []
    return ", and ".join(parts)


def _notes(ports: Sequence[PortStatus]) -> tuple[str, ...]:
    notes = []
    for port in ports:
        name = port.link.name
        if port.link.carrier.value is False:
            notes.append(f"{name} has no carrier: nothing is plugged in")
        elif port.medium.medium is Medium.UNKNOWN:
            notes.append(f"{name} is taken for fibre, since nobody knows what it is")
        if any(one.ours and one.protocol is Heard.LLDP for one in port.heard.otherwise(())):
            notes.append(f"this machine sends LLDP on {name} itself: mailward hw lldp disable stops it")
    return tuple(notes)


def findings(port: PortStatus, *, enough: float = FULL_LISTEN) -> Iterator[Finding]:
    """Why this port blocks; nothing if it is quiet or has no cable."""
    name = port.link.name
    if not port.link.up:
        yield Finding(
            name,
            Cause.UNKNOWN,
            "the interface is down, so it cannot be told whether a switch is connected",
            f"Bring it up (ip link set {name} up) and try again, or confirm that its switch port is quiet",
            confirmable=True,
        )
        return
    if port.link.carrier.value is False:
        return
    heard = [*_heard(name, port.others)]
    yield from heard
    yield from _firmware(name, port, told=bool(heard))
    if not port.heard.ok:
        yield _unknown(name, "it could not be listened on", port.heard)
    elif not heard and port.listened < enough:
        yield Finding(
            name,
            Cause.UNKNOWN,
            f"nothing was heard in {port.listened:g} s, and a switch may send every 30 s only",
            f"Listen for {enough:g} s",
            confirmable=True,
        )


def _heard(name: str, sightings: Sequence[Sighting]) -> Iterator[Finding]:
    for one in sightings:
        if one.protocol is not Heard.LLDP:
            yield Finding(
                name,
                Cause.FCOE,
                f"{one.protocol.value.upper()} frames arrive from {one.source}",
                "Ask the switch's administrator to take FCoE (the virtual Fibre Channel interface) off the"
                f" port that {name} is plugged into",
            )
            continue
        who = one.neighbour.value
        where = str(who) if who else f"the device with address {one.source} (its frame is malformed)"
        fcoe = " and announces FCoE" if who and who.fcoe.value else ""
        port = who.place if who else "that port"
        yield Finding(
            name,
            Cause.LLDP,
            f"{where} still talks LLDP{fcoe}",
            f"Ask the administrator of {_switch(who, one.source)} to turn LLDP off on {port}"
            f" (NX-OS: interface {port}, no lldp transmit, no lldp receive)",
            neighbour=who,
        )


def _switch(who: Neighbour | None, source: str) -> str:
    return (who and (who.system_name or who.chassis)) or source


def _firmware(name: str, port: PortStatus, *, told: bool) -> Iterator[Finding]:
    """What the card's firmware hides; not worth a word on top of what frames have `told` already."""
    if port.agent.value is Agent.ON and not told:
        yield Finding(
            name,
            Cause.FIRMWARE_AGENT,
            "the LLDP agent in the card is on and keeps LLDP from being heard",
            f"Run mailward hw lldp disable --port {name}, which turns it off and listens again",
            confirmable=True,
        )
    elif not port.agent.ok and not told:
        yield _unknown(name, "whether the card swallows LLDP is not known", port.agent)
    dcb = port.dcb.value
    if dcb is not None and dcb.owner is Owner.FIRMWARE and dcb.fcoe:
        yield Finding(
            name,
            Cause.FCOE,
            "the card's firmware has negotiated FCoE with the switch",
            "Ask the switch's administrator to turn LLDP and FCoE off on the port that"
            f" {name} is plugged into",
        )
    elif port.dcb.reason not in (Reason.OK, Reason.UNSUPPORTED):
        yield _unknown(name, "its DCB state could not be read", port.dcb)


def _unknown(name: str, what: str, reading: Reading[Any]) -> Finding:
    return Finding(
        name,
        Cause.UNKNOWN,
        f"{what} ({reading.reason}: {reading.detail})",
        f"Look on the switch whether the port that {name} is plugged into has LLDP off, then confirm {name}",
        confirmable=True,
    )


def check(
    model: Detected,
    machine: Machine | None = None,
    *,
    seconds: float = FULL_LISTEN,
    told: Collection[str] = (),
    confirmed: Collection[str] = (),
    enough: float = FULL_LISTEN,
) -> Verdict:
    """May this machine reboot or upgrade, as far as U6 goes? Listens for up to `seconds`.

    `told` are ports the administrator says are fibre. Never raises; what cannot be read blocks.
    """
    if not applies(model):
        return decide(model, ())
    edges = machine or Machine()
    network = edges.network(edges.root)
    if network.value is None:
        finding = Finding(
            "",
            Cause.UNKNOWN,
            f"the network interfaces could not be listed ({network.reason}: {network.detail})",
            "Run it as root, or see mailward hw links",
        )
        return Verdict(Outcome.BLOCKED, finding.what, (finding,))
    missing_names = sorted(name for name in told if network.value.link(name) is None)
    if missing_names:
        finding = Finding(
            missing_names[0],
            Cause.UNKNOWN,
            "there is no such interface",
            "See mailward hw links for the names",
        )
        return Verdict(Outcome.BLOCKED, f"no interface {', '.join(missing_names)}", (finding,))
    ports = choose(network.value, model, edges, told=told)
    status = read_status(ports, edges, seconds=seconds, until=everybody_heard)
    return decide(model, status, confirmed=confirmed, enough=enough)
