"""From the ports of the configuration to devices of the kernel. The model's n-th port is the machine's n-th card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.apply.machine import Machine
from gateway.config.model import Config

_LONGEST = 15  # octets of a device's name: IFNAMSIZ


@dataclass(frozen=True, slots=True)
class Ports:
    """Port, VLAN or pair -> device. `machine` are those that are cards; `missing` is why others have none."""

    devices: Mapping[str, str]
    cards: frozenset[str]


def device_name(prefix: str, name: str) -> str:
    """A name the kernel can carry, the same for the same port at each boot."""
    whole = f"{prefix}-{name}"
    if len(whole) <= _LONGEST:
        return whole
    mark = hashlib.sha256(name.encode()).hexdigest()[:4]
    return f"{prefix}-{name[: _LONGEST - len(prefix) - 6]}-{mark}"


def find_ports(config: Config, machine: Machine) -> Ports:
    """All ports by name. One whose card is not there is left out."""
    cards = dict(zip(machine.port_names, machine.cards, strict=False))
    for port in config.ethernet_ports:
        if port.device:
            if port.device in machine.cards:
                cards[port.port_name] = port.device
            else:
                cards.pop(port.port_name, None)
    pairs = {pair.pair_name: device_name("pair", pair.pair_name) for pair in config.nic_pairs}
    vlans = {vlan.vlan_name: device_name("vlan", vlan.vlan_name) for vlan in config.vlans}
    return Ports({**cards, **pairs, **vlans}, frozenset(cards.values()))
