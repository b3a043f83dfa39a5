"""What the catalogue says about one model (H1, U5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hwmgmt.models.figure import Figure
from mailward.errors import Rejected


class ModelKind(StrEnum):
    HARDWARE = "hardware"
    VIRTUAL = "virtual"


class PortKind(StrEnum):
    COPPER = "copper"
    FIBRE = "fibre"  # LLDP and FCoE matter on these (U6)
    VIRTUAL = "virtual"


class PortRole(StrEnum):
    MANAGEMENT = "management"
    DATA = "data"


class RaidLevel(StrEnum):
    NONE = "none"
    RAID1 = "raid1"
    RAID10 = "raid10"


class QuotaArea(StrEnum):
    """Parts of `/var` with a limit of their own (H4). Their paths are in `hwmgmt.quota.areas`."""

    MAIL_QUEUE = "mail_queue"
    SPAM_QUARANTINE = "spam_quarantine"
    POLICY_QUARANTINES = "policy_quarantines"  # policy, virus and outbreak quarantines
    REPORTING = "reporting"
    TRACKING = "tracking"
    MISCELLANEOUS = "miscellaneous"  # logs, packet captures, configuration, syslog buffers


class UnsupportedModel(Rejected):
    """U5: this release does not run on that model."""

    key = "hw.model.unsupported"
    sentence = "{model} is not supported: {why}"
    remedy = "{advice}"


@dataclass(frozen=True, slots=True)
class Detection:
    """How a machine of this model shows. Empty tuples match nothing, an empty `sys_vendors` any vendor.

    Attributes:
        names: words that name the model itself in SMBIOS strings, e.g. "C195" in "ESA-C195-K9".
        sys_vendors: makers, as SMBIOS type 1 has them.
        products: base products the model is built on, e.g. "UCSC-C220-M5SX"; siblings share them.
        drivers: network drivers that the model has and its siblings on the same base have not.
    """

    names: tuple[str, ...]
    sys_vendors: tuple[str, ...]
    products: tuple[str, ...]
    drivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cpu:
    """`cores` per socket; a virtual model has one socket."""

    sockets: int
    cores: int

    @property
    def total(self) -> int:
        return self.sockets * self.cores


@dataclass(frozen=True, slots=True)
class DiskSet:
    """`count` disks of `size` bytes, joined as `raid`."""

    count: int
    size: int
    raid: RaidLevel


@dataclass(frozen=True, slots=True)
class Port:
    """A network interface as it is written on the case, e.g. "Data 1"."""

    name: str
    kind: PortKind
    role: PortRole


@dataclass(frozen=True, slots=True)
class Spec:
    """Figures of a model this release runs on. Sizes are bytes."""

    cpu: Figure[Cpu]
    memory: Figure[int]
    disks: Figure[DiskSet]
    power_supplies: Figure[int]
    console: Figure[str]
    ports: Figure[tuple[Port, ...]]
    min_disk: Figure[int]
    default_disk: Figure[int]
    quota: Mapping[QuotaArea, Figure[int]]

    def figures(self) -> Iterator[Figure[Any]]:
        """All of them, for tables and tests."""
        yield from (self.cpu, self.memory, self.disks, self.power_supplies, self.console, self.ports)
        yield from (self.min_disk, self.default_disk, *self.quota.values())


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalogue. `spec` is None exactly when it is not supported; then `why` and `advice` say
    more.
    """

    name: str
    kind: ModelKind
    series: str
    base: str
    supported: bool
    why: str
    advice: str
    detection: Figure[Detection]
    spec: Spec | None

    @property
    def support_word(self) -> str:
        return "supported" if self.supported else "unsupported"

    def figures(self) -> Iterator[Figure[Any]]:
        yield self.detection
        if self.spec is not None:
            yield from self.spec.figures()

    def need(self) -> Spec:
        """The figures. Raises `UnsupportedModel`."""
        if self.spec is None:
            raise UnsupportedModel(model=self.name, why=self.why, advice=self.advice)
        return self.spec

    # Plain values for who builds an image for the model. All raise `UnsupportedModel`.

    @property
    def cpus(self) -> int:
        return self.need().cpu.value.total

    @property
    def memory_bytes(self) -> int:
        return self.need().memory.value

    @property
    def min_disk_bytes(self) -> int:
        """Below this an installation is refused; verified for every model (the loader sees to it)."""
        return self.need().min_disk.for_blocking()

    @property
    def default_disk_bytes(self) -> int:
        return self.need().default_disk.value

    @property
    def interfaces(self) -> tuple[Port, ...]:
        return self.need().ports.value

    @property
    def console(self) -> str:
        """The serial port of the console, e.g. "ttyS0"."""
        return self.need().console.value

    @property
    def quota_bytes(self) -> dict[QuotaArea, int]:
        return {area: figure.value for area, figure in self.need().quota.items()}
