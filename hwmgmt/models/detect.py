"""Which model this machine is, whether the release runs on it, and if not, what to do (H1, U5).

Detectors claim one model or a few with a *support level*; the most specific claim answers. No public source
has the SMBIOS strings of the branded units, so a claim can be several siblings on one base server: then all
are named, and how to say which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Protocol

from hwmgmt.models.catalogue import Catalogue, catalogue
from hwmgmt.models.facts import Facts, read_facts
from hwmgmt.models.hypervisor import Hypervisor, detect_hypervisor
from hwmgmt.models.model import Model, ModelKind
from hwmgmt.reading import Reading
from hwmgmt.size import format_size


class SupportLevel(IntEnum):
    """How specific a detector's claim is."""

    NONE = 0
    GENERIC = 1  # any guest of a hypervisor
    MAINLINE = 2  # the base server a model is built on
    VENDOR = 3  # the machine, or its administrator, names the model


class Support(StrEnum):
    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claim:
    """`models` are the candidates, never empty; `verified` is whether every fact behind the claim is."""

    level: SupportLevel
    models: tuple[Model, ...]
    because: str
    verified: bool


class Detector(Protocol):
    """Looks at the facts; None means it has nothing to say (support level none)."""

    def __call__(self, facts: Facts, models: Catalogue, /) -> Claim | None: ...


@dataclass(frozen=True, slots=True)
class Detected:
    """The answer.

    Attributes:
        model: the model, or None if it is not known or several are possible.
        candidates: their names; one if `model` is set, none if nothing is known.
        support: whether this release runs on it.
        blocks: an upgrade or an installation may be refused on this answer: it is unsupported, and every fact
            behind that is verified.
        because: the facts that decided.
        why, advice: what is wrong and what to do, empty if all is well.
        notes: what does not fit together.
    """

    model: Model | None
    candidates: tuple[str, ...]
    level: SupportLevel
    support: Support
    blocks: bool
    because: str
    why: str
    advice: str
    hypervisor: Reading[Hypervisor]
    notes: tuple[str, ...]


SAY_WHICH = "Write its name to /configuration/model, or boot once with mailward.model=NAME"

# SMBIOS strings in which a maker puts a model's name. Asset tags are left to who owns the machine: they count
# only where the maker is one of the model's.
_NAMING = ("product_name", "product_sku", "product_family", "product_version", "board_name")
_TAGS = ("chassis_asset_tag", "board_asset_tag")


def override(facts: Facts, models: Catalogue) -> Claim | None:
    """Somebody said which model it is. A name that is not in the catalogue is passed over (see the notes)."""
    for told in facts.told:
        if model := models.find(told.name):
            return Claim(SupportLevel.VENDOR, (model,), told.place, verified=True)
    return None


def named(facts: Facts, models: Catalogue) -> Claim | None:
    """The machine's own SMBIOS strings name the model, e.g. product_sku "ESA-C695F-K9"."""
    vendor = facts.smbios("sys_vendor")
    strings = [(field, facts.smbios(field)) for field in _NAMING]
    strings += [("OEM string", text) for text in facts.oem.otherwise(())]
    tags = [(field, facts.smbios(field)) for field in _TAGS]
    for model in models:
        detection = model.detection.value
        if detection.sys_vendors and vendor not in detection.sys_vendors:
            continue
        for field, text in strings + (tags if detection.sys_vendors else []):
            words = re.split(r"[^A-Z0-9]+", text.upper())
            if any(name.upper() in words for name in detection.names):
                return Claim(SupportLevel.VENDOR, (model,), f"SMBIOS {field} {text!r}", verified=True)
    return None


def base_server(facts: Facts, models: Catalogue) -> Claim | None:
    """The server that models are built on, narrowed by what tells the siblings apart."""
    vendor, product = facts.smbios("sys_vendor"), facts.smbios("product_name")
    siblings = tuple(
        model
        for model in models
        if product in model.detection.value.products and vendor in model.detection.value.sys_vendors
    )
    if not siblings:
        return None
    return Claim(
        SupportLevel.MAINLINE, _narrow(siblings, facts), f"SMBIOS {vendor} {product}", verified=False
    )


def _narrow(siblings: tuple[Model, ...], facts: Facts) -> tuple[Model, ...]:
    """Keep the siblings that fit drivers, sockets and memory; a fact that none fits is passed over."""
    marks = frozenset(driver for model in siblings for driver in model.detection.value.drivers)

    def drivers_fit(model: Model, facts: Facts) -> bool:
        own = frozenset(model.detection.value.drivers)
        found = facts.drivers.otherwise(frozenset()) & marks
        return bool(found & own) if own or found else True

    for keep in (drivers_fit, _sockets_fit, _memory_fits):
        siblings = tuple(model for model in siblings if keep(model, facts)) or siblings
    return siblings


def _sockets_fit(model: Model, facts: Facts) -> bool:
    return model.spec is None or facts.sockets.value in (None, model.spec.cpu.value.sockets)


def _memory_fits(model: Model, facts: Facts) -> bool:
    """The kernel keeps a few per cent for itself; a doubled memory is an upgrade of the same model."""
    if model.spec is None or facts.memory.value is None:
        return True
    return 0.9 <= facts.memory.value / model.spec.memory.value <= 2.0


def guest_size(facts: Facts, models: Catalogue) -> Claim | None:
    """Any guest is a virtual model: the largest whose processors and memory it has, or the smallest.

    An image says nothing about it: one root file system serves every model.
    """
    hypervisor = detect_hypervisor(facts)
    if hypervisor.value in (None, Hypervisor.NONE):
        return None
    ladder = sorted(
        (model for model in models.supported() if model.kind is ModelKind.VIRTUAL),
        key=lambda model: (model.cpus, model.memory_bytes, model.name),
    )
    if not ladder:
        return None
    cores, memory = facts.cores.otherwise(0), facts.memory.otherwise(0)
    fits = [model for model in ladder if model.cpus <= cores and model.memory_bytes * 0.9 <= memory]
    size = f"{facts.cores} processors and {facts.memory.map(format_size)} of memory"
    return Claim(
        SupportLevel.GENERIC,
        (fits[-1] if fits else ladder[0],),
        f"guest of {hypervisor.value} ({hypervisor.detail}) with {size}"
        + ("" if fits else f", less than {ladder[0].name} is made for"),
        verified=False,
    )


DETECTORS: Sequence[Detector] = (override, named, base_server, guest_size)


def decide(facts: Facts, models: Catalogue, detectors: Sequence[Detector] = DETECTORS) -> Detected:
    """Ask all detectors; the most specific answers, the earlier one among equals."""
    claims = [claim for detector in detectors if (claim := detector(facts, models))]
    best = max(claims, key=lambda claim: claim.level, default=None)
    hypervisor = detect_hypervisor(facts)
    if best is None:
        return _unknown(facts, models, hypervisor)
    one = best.models[0] if len(best.models) == 1 else None
    support = _support(best.models)
    sad = next((model for model in best.models if not model.supported), None)
    several = f"one of {', '.join(model.name for model in best.models)}"
    return Detected(
        model=one,
        candidates=tuple(model.name for model in best.models),
        level=best.level,
        support=support,
        blocks=support is Support.UNSUPPORTED and best.verified,
        because=best.because,
        why=sad.why if sad else "" if one else several,
        advice=sad.advice if sad else "" if one else SAY_WHICH,
        hypervisor=hypervisor,
        notes=_notes(facts, models, best, hypervisor),
    )


def _support(candidates: tuple[Model, ...]) -> Support:
    """Siblings that disagree leave the answer open."""
    answers = {model.supported for model in candidates}
    if len(answers) != 1:
        return Support.UNKNOWN
    return Support.SUPPORTED if answers.pop() else Support.UNSUPPORTED


def _unknown(facts: Facts, models: Catalogue, hypervisor: Reading[Hypervisor]) -> Detected:
    strings = f"{facts.smbios('sys_vendor')} {facts.smbios('product_name')}".strip()
    supported = ", ".join(model.name for model in models.supported())
    return Detected(
        model=None,
        candidates=(),
        level=SupportLevel.NONE,
        support=Support.UNKNOWN,
        blocks=False,
        because=f"SMBIOS {strings}" if strings else "no SMBIOS strings",
        why=f"no model of the catalogue fits; this release runs on {supported}",
        advice=f"If it is one of them: {SAY_WHICH[0].lower()}{SAY_WHICH[1:]}",
        hypervisor=hypervisor,
        notes=_notes(facts, models, None, hypervisor),
    )


def _notes(
    facts: Facts, models: Catalogue, best: Claim | None, hypervisor: Reading[Hypervisor]
) -> tuple[str, ...]:
    notes = [
        f"{told.place} names {told.name!r}, which is not in the catalogue"
        for told in facts.told
        if models.find(told.name) is None
    ]
    guest = hypervisor.value not in (None, Hypervisor.NONE)
    if best and guest and all(model.kind is ModelKind.HARDWARE for model in best.models):
        notes.append(f"taken for hardware, yet runs under {hypervisor.value} ({hypervisor.detail})")
    if best and hypervisor.value is Hypervisor.NONE and best.models[0].kind is ModelKind.VIRTUAL:
        notes.append("taken for a virtual model, yet runs on bare metal")
    return tuple(notes)


def detect(root: Path = Path("/"), models: Catalogue | None = None) -> Detected:
    """Detect the model of the machine below `root`."""
    return decide(read_facts(root), models or catalogue())
