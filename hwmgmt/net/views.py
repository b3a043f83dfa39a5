"""What the network commands print: rows for tables, plain values for JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hwmgmt.net.dcb import Dcb
from hwmgmt.net.guard import Verdict
from hwmgmt.net.links import Link, Network
from hwmgmt.net.lldp.dcbx import Application
from hwmgmt.net.lldp.listen import Heard, Sighting
from hwmgmt.net.quiet import PortQuieted
from hwmgmt.net.status import PortStatus
from hwmgmt.reading import Reading
from mailward.output import to_plain

Row = Sequence[object]

LINK_COLUMNS = ("link", "driver", "state", "speed", "mtu", "mac", "addresses")
STATUS_COLUMNS = ("port", "medium", "state", "firmware agent", "sends here", "neighbour", "FCoE", "DCBX")
HEARD_COLUMNS = ("port", "heard", "from", "frames", "after", "vlan", "neighbour", "FCoE")
QUIET_COLUMNS = ("port", "agent", "was", "is", "detail")
DCB_COLUMNS = ("port", "DCBX", "dialects", "applications", "other end", "FCoE")


def state_of(link: Link) -> str:
    if not link.up:
        return "down"
    if link.carrier.value is None:
        return str(link.carrier)
    return "up" if link.carrier.value else "no carrier"


def link_row(link: Link) -> Row:
    return (
        link.name,
        link.driver.value or link.kind or str(link.driver),
        state_of(link),
        link.speed if link.speed.ok else "",
        link.mtu,
        link.mac,
        ", ".join(str(address) for address in link.addresses),
    )


def network_json(network: Network) -> dict[str, Any]:
    def plain(link: Link) -> dict[str, Any]:
        found: dict[str, Any] = to_plain(link)
        return found | {"addresses": [str(address) for address in link.addresses]}

    return {
        "source": network.source,
        "links": [plain(link) for link in network.links],
        "routes": to_plain(network.routes),
        "gateways": to_plain(network.gateways),
        "notes": list(network.notes),
    }


def neighbours_text(sightings: Iterable[Sighting]) -> str:
    """The LLDP neighbours among what was heard."""
    return ", ".join(str(one.neighbour.value or f"{one.source} {one.neighbour}") for one in sightings)


def fcoe_text(sightings: Iterable[Sighting]) -> str:
    """What was heard of FCoE: "no" is said only when a neighbour was heard and announced none."""
    words: list[str] = []
    lldp = False
    for one in sightings:
        if one.protocol is not Heard.LLDP:
            words.append(f"{one.protocol.value.upper()} frames")
        elif who := one.neighbour.value:
            lldp = True
            if who.fcoe.value:
                on = ",".join(str(priority) for priority in who.fcoe_priorities) or "none"
                words.append(f"announced, priority {on}")
            elif not who.fcoe.ok:
                words.append(str(who.fcoe))
    return "; ".join(dict.fromkeys(words)) or ("no" if lldp else "")


def status_row(port: PortStatus) -> Row:
    sends = [name for name, state in port.host_agents.items() if state.value == "on"]
    unsure = [f"{name} {state}" for name, state in port.host_agents.items() if not state.ok]
    heard = str(port.heard) if not port.heard.ok else neighbours_text(port.neighbours) or "(silence)"
    return (
        port.link.name,
        port.medium.medium,
        state_of(port.link),
        port.agent,
        ", ".join(sends + unsure) or "nobody",
        heard,
        fcoe_text(port.others),
        port.dcb.value.owner if port.dcb.value else str(port.dcb),
    )


def status_json(port: PortStatus) -> dict[str, Any]:
    return {
        "port": port.link.name,
        "medium": to_plain(port.medium),
        "up": port.link.up,
        "carrier": to_plain(port.link.carrier),
        "driver": to_plain(port.link.driver),
        "firmware_agent": to_plain(port.agent),
        "host_agents": to_plain(port.host_agents),
        "dcb": to_plain(port.dcb),
        "listened_seconds": port.listened,
        "heard": to_plain(port.heard),
        "announces_fcoe": port.announces_fcoe,
    }


def heard_rows(port: str, heard: Reading[tuple[Sighting, ...]]) -> list[Row]:
    if heard.value is None:
        return [(port, str(heard), heard.detail, "", "", "", "", "")]
    if not heard.value:
        return [(port, "(silence)", "", "", "", "", "", "")]
    return [
        (
            port,
            one.protocol,
            f"{one.source} (this machine)" if one.ours else one.source,
            one.frames,
            f"{one.after:.1f} s",
            "" if one.vlan is None else f"{one.vlan} (priority {one.priority})",
            neighbours_text([one]) if one.protocol is Heard.LLDP else "",
            fcoe_text([one]),
        )
        for one in heard.value
    ]


def quiet_rows(port: PortQuieted) -> list[Row]:
    return [
        (port.port, one.agent, one.before, one.after, one.after.detail)
        for one in port.switched
        if one.before.value != "none" or one.agent == "firmware"
    ]


def quiet_json(port: PortQuieted) -> dict[str, Any]:
    return {
        "port": port.port,
        "medium": to_plain(port.medium),
        "wanted": port.wanted.value,
        "done": port.done,
        "switched": to_plain(port.switched),
        "heard": to_plain(port.heard),
        "switch_still_talks": bool(port.talks),
    }


def _applications(entries: Iterable[Application]) -> str:
    def text(one: Application) -> str:
        name = "FCoE" if one.is_fcoe else "FIP" if one.is_fip else f"{one.selector} {one.protocol:#06x}"
        return f"{name} on {','.join(str(priority) for priority in one.priorities)}"

    return ", ".join(text(one) for one in entries)


def dcb_row(port: str, reading: Reading[Dcb]) -> Row:
    found = reading.value
    if found is None:
        return (port, str(reading), "", "", "", "")
    return (
        port,
        found.owner,
        ", ".join(found.dialects),
        _applications(found.applications),
        _applications(found.peer),
        "yes" if found.fcoe else "no",
    )


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = to_plain(verdict)
    return {"clear": verdict.clear} | found
