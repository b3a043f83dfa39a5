"""What a release says about itself: the rules that travel with it, so that a later one can correct an earlier.

One schema for both places it is written in: a file of data/releases in this source, and `release.json` in the
release's own directory. It is strict. A key, a condition or a deployment type that this version does not know
could be the one that forbids the upgrade, so the whole document is refused.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from mailward.version import BadVersion, Version

FORMAT = 1


class Deployment(StrEnum):
    """How widely a release is offered, narrowest first."""

    LIMITED = "LD"
    MAINTENANCE = "MD"
    GENERAL = "GD"

    @property
    def width(self) -> int:
        return list(Deployment).index(self)

    @property
    def words(self) -> str:
        return f"{self.name.capitalize()} Deployment"


class NoteKind(StrEnum):
    FEATURE = "feature"
    CHANGE = "change"
    FIX = "fix"
    ADVICE = "advice"  # something for the administrator to do or to read after the upgrade


class ConditionId(StrEnum):
    """What must hold before the release is installed. Each has a preflight check of the same name."""

    FIPS_OFF = "fips-off"  # U9
    IMS_GRAYMAIL_LEVEL = "ims-graymail-level"  # U10
    LLDP_OFF = "lldp-off"  # U6
    DISK_LIMIT = "disk-limit"  # U7
    CLUSTER_HARDWARE = "cluster-hardware"  # U12


def _version(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Version.parse(value)
    except BadVersion as error:
        raise ValueError(str(error)) from error


def _ordered(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(items)) != len(items):
        raise ValueError("names something twice")
    return tuple(sorted(items))


def ids_differ(items: tuple[Any, ...]) -> tuple[Any, ...]:
    names = [item.id for item in items]
    if len(set(names)) != len(names):
        raise ValueError(f"has {next(name for name in names if names.count(name) > 1)!r} twice")
    return items


VersionText = Annotated[
    Version,
    BeforeValidator(_version),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\.\d+\.\d+-\d{3}$"}),
]
# Shown on consoles: no control, format or private characters that could move the cursor or reorder a line.
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\p{C}]+$")]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ModelName = Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Z0-9]+$")]
Versions = Annotated[tuple[VersionText, ...], Field(max_length=500), AfterValidator(_ordered)]
ModelNames = Annotated[tuple[ModelName, ...], Field(max_length=100), AfterValidator(_ordered)]


class Part(BaseModel):
    """Base of every part of a document: strict, frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Hardware(Part):
    """Models by the ids of `hwmgmt.models` (U5). A model that is in neither list is not supported."""

    supported: ModelNames
    unsupported: ModelNames = ()

    @model_validator(mode="after")
    def _apart(self) -> Hardware:
        if both := set(self.supported) & set(self.unsupported):
            raise ValueError(f"{min(both)} is both supported and unsupported")
        return self


class _Bounded(Part):
    older_than: VersionText | None = None

    def concerns_source(self, source: Version) -> bool:
        """Whether it matters to a machine that comes from `source`."""
        return self.older_than is None or source < self.older_than


class Condition(_Bounded):
    """Something that must hold first; `blocks` is false where the administrator may also look afterwards.

    `models` limits it to some hardware, `older_than` to machines that come from an older release.
    """

    id: ConditionId
    text: Text
    blocks: bool
    models: ModelNames = ()

    def concerns_model(self, model: str | None) -> bool:
        return model is None or not self.models or model in self.models


class Migration(_Bounded):
    """A change of the configuration on the way, named after its module in `upgrade.migrations`."""

    id: Slug
    text: Text


class Note(Part):
    """One thing to know about a release. The same change may be noted in several; its id is then the same."""

    id: Slug
    kind: NoteKind
    text: Text


class Issue(Part):
    """A known or fixed defect, under the id the release notes give it (U18)."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,29}$")]
    text: Text
    workaround: Text | None = None

    @property
    def advice(self) -> str:
        """What it is and how to live with it."""
        return f"{self.text}. {self.workaround}" if self.workaround else self.text


class Release(Part):
    """A release and the rules about it.

    barrier: why nothing may pass it: who is older has to stop here on the way to anything newer.
    dead_end: why no upgrade leads out of it.
    """

    format: Literal[1]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9.]{5,11}$")]
    build: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    deployment: Deployment
    update: bool = False
    sources: Versions
    hardware: Hardware
    barrier: Text | None = None
    dead_end: Text | None = None
    conditions: Annotated[tuple[Condition, ...], AfterValidator(ids_differ)] = ()
    migrations: Annotated[tuple[Migration, ...], AfterValidator(ids_differ)] = ()
    notes: Annotated[tuple[Note, ...], AfterValidator(ids_differ)] = ()
    known: Annotated[tuple[Issue, ...], AfterValidator(ids_differ)] = ()
    fixed: Annotated[tuple[Issue, ...], AfterValidator(ids_differ)] = ()

    @cached_property
    def id(self) -> Version:
        """Version and build in one."""
        return Version.parse(f"{self.version}-{self.build}")

    @property
    def label(self) -> str:
        """As the release notes head it: ``MD update``."""
        return f"{self.deployment} update" if self.update else str(self.deployment)

    @model_validator(mode="after")
    def _upwards(self) -> Release:
        own = _version(f"{self.version}-{self.build}")
        if self.sources and self.sources[-1] >= own:
            raise ValueError(f"{own} cannot be an upgrade of {self.sources[-1]}")
        return self

    def refuses_model(self, model: str) -> str:
        """Why it does not run on `model`; empty if it does (U5)."""
        if model in self.hardware.supported:
            return ""
        if model in self.hardware.unsupported:
            return f"{self.id} does not support {model}"
        return f"{self.id} does not name {model} among the models it supports"
