"""From a model's TOML to a `Model`. Strict: an unknown key, a missing one or a wrong type refuses the file.

A typo in a detection fact would otherwise show as "unknown model" on somebody's appliance.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Set
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from hwmgmt.models.figure import Figure, Provenance
from hwmgmt.models.model import (
    Cpu,
    Detection,
    DiskSet,
    Model,
    ModelKind,
    Port,
    PortKind,
    PortRole,
    QuotaArea,
    RaidLevel,
    Spec,
)
from hwmgmt.size import GIB, MIB, parse_size
from mailward.errors import BadInput

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

# What /var cannot have, as image/definitions lays out a disk: the EFI partition, two slots with their verity data,
# and partition tables and alignment.
SYSTEM_BYTES = 512 * MIB + 2 * (GIB + 16 * MIB) + 4 * MIB

# Only these may stand behind a blocking check, and the loader refuses a model in which one is not verified.
BLOCKING = frozenset({"min_disk", *(f"quota.{area}" for area in QuotaArea)})


class BadModel(BadInput):
    """A model's file does not follow the schema."""

    key = "hw.model.file"
    sentence = "model file {file}: {problem}"
    remedy = "Compare with a neighbouring file in hwmgmt/models/data"


class _Table:
    """A TOML table that is read key by key and, at the end, must have been read whole."""

    def __init__(self, content: Any, place: str) -> None:
        if not isinstance(content, dict):
            raise ValueError(f"{place or 'the file'} must be a table")
        self.rest: dict[str, Any] = dict(content)
        self.place = place

    def where(self, key: str) -> str:
        return f"{self.place}.{key}".removeprefix(".")

    def take(self, key: str, kind: type[T]) -> T:
        if key not in self.rest:
            raise ValueError(f"{self.where(key)} is missing")
        value = self.rest.pop(key)
        # bool is an int to Python, and to nobody else.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{self.where(key)} must be {kind.__name__}, not {type(value).__name__}")
        return value

    def count(self, key: str, most: int) -> int:
        value = self.take(key, int)
        if not 1 <= value <= most:
            raise ValueError(f"{self.where(key)} must be 1 to {most}")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        value = self.take(key, list)
        if not all(isinstance(word, str) and word for word in value):
            raise ValueError(f"{self.where(key)} must be a list of words")
        return tuple(value)

    def word(self, key: str) -> str:
        value = self.take(key, str).strip()
        if not value:
            raise ValueError(f"{self.where(key)} is empty")
        return value

    def size(self, key: str) -> int:
        try:
            return parse_size(self.take(key, str))
        except ValueError as error:
            raise ValueError(f"{self.where(key)}: {error}") from error

    def choice(self, key: str, among: type[E]) -> E:
        value = self.take(key, str)
        try:
            return among(value)
        except ValueError:
            known = ", ".join(among)
            raise ValueError(f"{self.where(key)} is {value!r}, not one of {known}") from None

    def table(self, key: str) -> _Table:
        return _Table(self.take(key, dict), self.where(key))

    def end(self) -> None:
        if self.rest:
            raise ValueError(f"unknown key {self.where(min(self.rest))}")


def parse_model(text: str, sources: Set[str], *, file: str = "(text)") -> Model:
    """The model in a TOML text. `sources` are the known keys of provenance. Raises `BadModel`."""
    try:
        return _model(_Table(tomllib.loads(text), ""), sources)
    except ValueError as error:  # TOMLDecodeError is one
        raise BadModel(file=file, problem=str(error)) from error


def _model(top: _Table, sources: Set[str]) -> Model:
    name = top.word("name")
    supported = top.take("supported", bool)
    reader = _Reader(name, sources)
    model = Model(
        name=name,
        kind=top.choice("kind", ModelKind),
        series=top.word("series"),
        base=top.word("base"),
        supported=supported,
        why="" if supported else top.word("why"),
        advice="" if supported else top.word("advice"),
        detection=reader.figure(top, "detect", _detection),
        spec=_spec(top, reader) if supported else None,
    )
    top.end()
    if model.spec is not None:
        _check(model.spec)
    return model


class _Reader:
    def __init__(self, model: str, sources: Set[str]) -> None:
        self.model = model
        self.sources = sources

    def figure(self, parent: _Table, key: str, read: Callable[[_Table], T]) -> Figure[T]:
        table = parent.table(key)
        provenance = Provenance(table.word("source"), table.take("verified", bool))
        if provenance.source not in self.sources:
            raise ValueError(f"{table.where('source')} {provenance.source!r} is not in sources.toml")
        value = read(table)
        table.end()
        return Figure(self.model, table.place, value, provenance)


def _detection(table: _Table) -> Detection:
    return Detection(
        table.words("names"), table.words("sys_vendors"), table.words("products"), table.words("drivers")
    )


def _ports(table: _Table) -> tuple[Port, ...]:
    ports = []
    for number, item in enumerate(table.take("ports", list)):
        row = _Table(item, f"{table.where('ports')}[{number}]")
        ports.append(Port(row.word("name"), row.choice("kind", PortKind), row.choice("role", PortRole)))
        row.end()
    if len({port.name for port in ports}) != len(ports) or not ports:
        raise ValueError(f"{table.where('ports')} must name at least one port, and none twice")
    return tuple(ports)


def _spec(top: _Table, reader: _Reader) -> Spec:
    quota = top.table("quota")
    spec = Spec(
        cpu=reader.figure(top, "cpu", lambda t: Cpu(t.count("sockets", 8), t.count("cores", 256))),
        memory=reader.figure(top, "memory", lambda t: t.size("size")),
        disks=reader.figure(
            top, "disks", lambda t: DiskSet(t.count("count", 64), t.size("size"), t.choice("raid", RaidLevel))
        ),
        power_supplies=reader.figure(top, "power_supplies", lambda t: t.take("count", int)),
        console=reader.figure(top, "console", lambda t: t.word("port")),
        ports=reader.figure(top, "interfaces", _ports),
        min_disk=reader.figure(top, "min_disk", lambda t: t.size("size")),
        default_disk=reader.figure(top, "default_disk", lambda t: t.size("size")),
        quota=MappingProxyType(
            {area: reader.figure(quota, area.value, lambda t: t.size("size")) for area in QuotaArea}
        ),
    )
    quota.end()
    return spec


def _check(spec: Spec) -> None:
    """What must hold between figures."""
    shares = [figure.value for figure in spec.quota.values()]
    if sum(shares) + SYSTEM_BYTES > spec.default_disk.value:
        raise ValueError("the quota areas and the system do not fit on default_disk")
    if spec.quota[QuotaArea.MAIL_QUEUE].value + SYSTEM_BYTES > spec.min_disk.value:
        raise ValueError("the mail queue and the system do not fit on min_disk")
    if spec.min_disk.value > spec.default_disk.value:
        raise ValueError("min_disk is larger than default_disk")
    for name in unverified(spec.figures()):
        raise ValueError(f"{name} stands behind a blocking check and must be verified")


def unverified(figures: Iterable[Figure[Any]]) -> list[str]:
    """Names of the figures behind blocking checks that nobody has verified."""
    return [f.name for f in figures if f.name in BLOCKING and not f.provenance.verified]
