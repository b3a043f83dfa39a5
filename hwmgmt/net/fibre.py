"""Which ports are fibre, the ones that LLDP and FCoE matter on (U6).

Nobody answers this alone: a driver may call every port "other", a cage may be empty, and the catalogue knows
ports by what is written on the case. So the witnesses are heard in a fixed order and the answer says whose
word it is. A port nobody can speak for is `unknown`, which the guard treats as fibre.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hwmgmt.models.detect import Detected
from hwmgmt.models.model import PortKind, PortRole
from hwmgmt.net.ethtool import PortType
from hwmgmt.net.links import Link
from hwmgmt.reading import Reading

#: Drivers of what a hypervisor shows as a card. No cable, so no fibre.
VIRTUAL_DRIVERS = frozenset(
    {"e1000", "e1000e", "ena", "hv_netvsc", "virtio_net", "vmxnet3", "xen_netfront", "netvsc", "gve"}
)

_OPTICAL = ("baseSR", "baseLR", "baseER", "baseSX", "baseLX", "baseCR", "baseDR", "baseFR", "baseX/")
_COPPER = ("baseT/", "baseTx/")


class Medium(StrEnum):
    """What a port's cable is. Direct-attach cables sit in fibre cages and carry FCoE: they count as fibre."""

    FIBRE = "fibre"
    COPPER = "copper"
    VIRTUAL = "virtual"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MediumFound:
    """The answer and the witness."""

    medium: Medium
    because: str


class PortWitness(Protocol):
    """What is asked of a driver (`hwmgmt.net.ethtool.Ethtool`)."""

    def port_type(self, port: str, /) -> Reading[PortType]: ...
    def link_modes(self, port: str, /) -> Reading[tuple[str, ...]]: ...
    def module(self, port: str, /) -> Reading[str]: ...


_BY_TYPE = {
    PortType.FIBRE: Medium.FIBRE,
    PortType.DIRECT_ATTACH: Medium.FIBRE,
    PortType.TWISTED_PAIR: Medium.COPPER,
}


def medium_of(link: Link, driver: PortWitness, model: Detected, *, told: Collection[str] = ()) -> MediumFound:
    """The medium of a port. `told` are ports that the administrator says are fibre."""
    if link.name in told:
        return MediumFound(Medium.FIBRE, "named by the administrator")
    if link.driver.value in VIRTUAL_DRIVERS:
        return MediumFound(Medium.VIRTUAL, f"driver {link.driver.value}")
    port_type = driver.port_type(link.name)
    if port_type.value in _BY_TYPE:
        return MediumFound(_BY_TYPE[port_type.value], f"the driver calls the port {port_type.value}")
    module = driver.module(link.name)
    if module.value is not None:
        return MediumFound(Medium.FIBRE, f"module {module.value} in the cage")
    by_modes = medium_of_modes(driver.link_modes(link.name).otherwise(()))
    if by_modes is not Medium.UNKNOWN:
        return MediumFound(by_modes, "the link modes of the driver")
    return medium_of_model(model)


def medium_of_modes(modes: Collection[str]) -> Medium:
    """A port that offers an optical or direct-attach mode has a cage; one that offers only copper has not."""
    if any(word in mode for mode in modes for word in _OPTICAL):
        return Medium.FIBRE
    if any(word in mode for mode in modes for word in _COPPER):
        return Medium.COPPER
    return Medium.UNKNOWN


def medium_of_model(model: Detected) -> MediumFound:
    """What the catalogue says, if the data ports are of one kind; it has no kernel names."""
    if model.model is None or model.model.spec is None:
        return MediumFound(Medium.UNKNOWN, "nobody knows")
    kinds = {port.kind for port in model.model.interfaces if port.role is PortRole.DATA}
    if kinds == {PortKind.FIBRE}:
        return MediumFound(Medium.FIBRE, f"the data ports of {model.model.name} are fibre")
    if kinds == {PortKind.VIRTUAL}:
        return MediumFound(Medium.VIRTUAL, f"{model.model.name} is a virtual model")
    # The catalogue's copper is not believed: a C695 can be fitted with a fibre card.
    return MediumFound(Medium.UNKNOWN, "nobody knows")
