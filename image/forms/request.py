"""What `mailward image convert` is asked for, and what it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.models.catalogue import Catalogue, catalogue
from hwmgmt.models.model import ModelKind
from image.forms import disk, ova, ovf
from image.forms.disk import DiskFormat, Plan, Programs
from image.forms.ovf import Controller
from image.forms.sign import Signer
from mailward.errors import Failed
from mailward.progress import step

UNVERSIONED = "unversioned"
# Manifest and tar carry the name: no blanks, parentheses or letters that importers read in different ways.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class CannotWrite(Failed):
    key = "image.forms.write"
    sentence = "cannot write {file}: {reason}"
    remedy = "Free some space there, or choose another folder with --output"


@dataclass(frozen=True, slots=True)
class Request:
    """form: a `DiskFormat`, or "ova"."""

    raw: Path
    model: str
    form: str
    output: Path
    hardware: int = ovf.DEFAULT_HARDWARE
    controller: str = Controller.PVSCSI
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Made:
    file: Path
    form: str
    model: str
    file_bytes: int
    disk_bytes: int


def names(raw: Path, model: str, models: Catalogue) -> tuple[str, str]:
    """The stem of what is made from `raw` for `model`, and the version in it.

    The root file system is the same for all models, so the model in the name of `raw` gives way.
    """
    match raw.stem.split("-", 2):
        case ["mailward", named, version] if models.find(named) and not _UNSAFE.search(version):
            return f"mailward-{model}-{version}", version
        case _:
            return f"{_UNSAFE.sub('-', raw.stem)[:60]}-{model}", UNVERSIONED


def carry_out(request: Request, run: Programs) -> Made:
    """Make the file. Raises `UnknownModel`, what `disk.size_for`, `disk.check_source`, `disk.convert` and `ova.make`
    raise, and `CannotWrite`.
    """
    models = catalogue()
    model = models.get(request.model)
    virtual = [item.name for item in models.supported() if item.kind is ModelKind.VIRTUAL]
    size = disk.size_for(model, request.form, virtual=virtual)
    hardware = ovf.known_hardware(request.hardware)
    disk.check_source(request.raw, size, model.name)
    stem, version = names(request.raw, model.name, models)
    target = request.output / f"{stem}.{request.form}"
    try:
        with step(f"Making {target.name}"):
            if request.form == "ova":
                plan = Plan(request.raw, target, DiskFormat.VMDK, size, hardware)
                controller = Controller(request.controller)
                ova.make(model, plan, run, version=version, controller=controller, signer=request.signer)
            else:
                disk.convert(Plan(request.raw, target, DiskFormat(request.form), size, hardware), run)
        return Made(target, request.form, model.name, target.stat().st_size, size)
    except OSError as error:
        raise CannotWrite(file=target, reason=error.strerror or str(error)) from error
