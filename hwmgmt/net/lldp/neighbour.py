"""Who is at the other end: a data unit in the words an administrator of the switch understands. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hwmgmt.net.lldp import dcbx
from hwmgmt.net.lldp.tlv import Lldpdu, Malformed
from hwmgmt.reading import Reading, Reason, known, missing


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An LLDP neighbour. `ttl` is in seconds, 0 being its goodbye; texts are safe to print.

    `fcoe` is true when an application entry for EtherType 0x8906 is announced, in any DCBX dialect;
    `fcoe_priorities` says on which priorities. It is malformed when a DCBX TLV is.
    """

    chassis: str
    port: str
    ttl: int
    system_name: str
    port_description: str
    system_description: str
    addresses: tuple[str, ...]
    capabilities: tuple[str, ...]
    dcbx: tuple[dcbx.Dialect, ...]
    fcoe: Reading[bool]
    fcoe_priorities: tuple[int, ...]

    @property
    def place(self) -> str:
        """The port as the switch's administrator knows it: a description rather than a bare MAC address."""
        is_mac = len(self.port) == 17 and self.port.count(":") == 5
        return self.port_description if is_mac and self.port_description else self.port

    def __str__(self) -> str:
        """`n5k-17 port Ethernet1/17 (chassis 00:05:9b:71:61:c0)`: enough to find the port on the switch."""
        name = self.system_name or next(iter(self.addresses), "") or "unnamed switch"
        return f"{name} port {self.place} (chassis {self.chassis})"


def neighbour(unit: Lldpdu) -> Neighbour:
    """The neighbour that sent `unit`. Never raises: a TLV that makes no sense leaves its field empty."""
    fcoe, priorities = _fcoe(unit)
    return Neighbour(
        chassis=unit.chassis_id,
        port=unit.port_id,
        ttl=unit.ttl,
        system_name=unit.system_name,
        port_description=unit.port_description,
        system_description=unit.system_description,
        addresses=_addresses(unit),
        capabilities=_capabilities(unit),
        dcbx=dcbx.dialects(unit),
        fcoe=fcoe,
        fcoe_priorities=priorities,
    )


def _fcoe(unit: Lldpdu) -> tuple[Reading[bool], tuple[int, ...]]:
    try:
        found = dcbx.fcoe_priorities(unit)
    except Malformed as error:
        return missing(Reason.MALFORMED, str(error)), ()
    return known(found is not None), found or ()


def _addresses(unit: Lldpdu) -> tuple[str, ...]:
    try:
        return unit.management_addresses
    except Malformed:
        return ()


def _capabilities(unit: Lldpdu) -> tuple[str, ...]:
    try:
        return unit.capabilities
    except Malformed:
        return ()
