"""Is this a machine that the release runs on, and how large must its disk be (H1, U5)? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hwmgmt.models.catalogue import Catalogue
from hwmgmt.models.detect import Detected, Support
from hwmgmt.models.hypervisor import Hypervisor
from hwmgmt.models.model import ModelKind
from image.installer.live.errors import UnknownMachine, UnsupportedMachine


@dataclass(frozen=True, slots=True)
class Machine:
    """name, because: for people. smallest, whose: the disk it needs in bytes, and what needs it. virtual: U7 counts.
    doubt: why it may not be supported; empty if it is.
    """

    name: str
    because: str
    smallest: int
    whose: str
    virtual: bool
    doubt: str = ""


def judge(found: Detected, models: Catalogue, need: int, *, attended: bool) -> Machine:
    """need: bytes that any disk must have.

    Raises `UnsupportedMachine`, and `UnknownMachine` if nobody is there to be asked.
    """
    if found.blocks:
        raise UnsupportedMachine(
            model=" or ".join(found.candidates), because=found.because, why=found.why, advice=found.advice
        )
    # What nobody has verified does not block; it is for a person to weigh.
    if found.support is not Support.SUPPORTED and not attended:
        raise UnknownMachine(because=found.because, why=found.why)
    fits = [model for name in found.candidates if (model := models.find(name)) and model.supported]
    guest = found.hypervisor.value not in (None, Hypervisor.NONE)
    smallest, whose = min(
        ((model.min_disk_bytes, model.name) for model in fits), default=(need, "any appliance")
    )
    return Machine(
        name=" or ".join(found.candidates) or "not known",
        because=found.because,
        smallest=max(smallest, need),
        whose=whose,
        virtual=guest and not any(model.kind is ModelKind.HARDWARE for model in fits),
        doubt=f"{found.why}. {found.advice}." if found.support is not Support.SUPPORTED else "",
    )
