"""One disk from the raw image: qcow2, VHDX or VMDK, as large as the model wants it.

The raw image is only ever read: the larger size is a qcow2 overlay of a few kilobytes above it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hwmgmt.models.model import Model, ModelKind
from image.forms import vmdk
from image.host import human
from image.limit import LIMIT_BYTES
from mailward.errors import BadInput, Rejected

GPT_SIGNATURE = b"EFI PART"


class DiskFormat(StrEnum):
    QCOW2 = "qcow2"
    VHDX = "vhdx"
    VMDK = "vmdk"


class OverLimit(Rejected):
    key = "image.forms.over-limit"
    sentence = (
        "the disk would be {size}: more than 2 TB of disk is not supported by a release deployed this way, and an "
        "upgrade does not change that"
    )
    remedy = "Give the model a default_disk of at most {limit} bytes"


class NotVirtual(Rejected):
    key = "image.forms.not-virtual"
    sentence = "{model} is a machine and not a virtual one: it takes no {form}"
    remedy = "Start the installer on it (--format installer), or name a virtual model: {models}"


class NotAnImage(BadInput):
    key = "image.forms.not-an-image"
    sentence = "{file} is not a raw disk image: {problem}"
    remedy = "Give the .raw file that `mailward image build` made"


class DiskTooSmall(Rejected):
    key = "image.forms.smaller"
    sentence = "{file} is {have} large and does not fit on the disk of {want} that {model} has"
    remedy = "Choose a model with a larger disk"


class Programs(Protocol):
    """What runs a program to its end; `image.command.Runner` does."""

    def run(
        self, argv: Sequence[str | os.PathLike[str]], *, cwd: Path | None = None, package: str = ""
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """source: the raw image. target: the file to make. size: of the disk, in bytes. hardware: vmx number."""

    source: Path
    target: Path
    format: DiskFormat
    size: int
    hardware: int = 15


def size_for(model: Model, form: str, *, virtual: Sequence[str] = ()) -> int:
    """Bytes of the disk of this model. Raises `UnsupportedModel`, `NotVirtual`, `OverLimit`."""
    model.need()
    if model.kind is not ModelKind.VIRTUAL:
        raise NotVirtual(model=model.name, form=form, models=", ".join(virtual))
    return under_limit(model.default_disk_bytes)


def under_limit(size: int) -> int:
    """`size`, if the 2 TB guard lets it pass (U7). Raises `OverLimit`."""
    if size > LIMIT_BYTES:
        raise OverLimit(size=human(size), limit=f"{LIMIT_BYTES:,}")
    return size


def check_source(source: Path, size: int, model: str) -> None:
    """Raises `NotAnImage` unless `source` has a GPT, `DiskTooSmall` if the disk cannot hold it."""
    try:
        with source.open("rb") as file:
            found = file.read(1024)[512:520] == GPT_SIGNATURE
            have = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise NotAnImage(file=source, problem=error.strerror) from error
    if not found or have % 512:
        raise NotAnImage(file=source, problem="it has no partition table (GPT)")
    if have > size:
        raise DiskTooSmall(file=source.name, have=human(have), want=human(size), model=model)


def options(plan: Plan) -> list[str]:
    """What `qemu-img convert` is told about the format."""
    match plan.format:
        case DiskFormat.QCOW2:
            return ["-O", "qcow2", "-o", "compat=1.1"]
        case DiskFormat.VHDX:
            return ["-O", "vhdx", "-o", "subformat=dynamic"]
        case DiskFormat.VMDK:
            # PVSCSI disks are "lsilogic" too: the adapter in a VMDK only tells SCSI from IDE.
            wanted = f"subformat={vmdk.STREAM_OPTIMIZED},adapter_type=lsilogic,hwversion={plan.hardware}"
            return ["-O", "vmdk", "-o", wanted]


def convert(plan: Plan, run: Programs) -> Path:
    """Make `plan.target`; it appears when it is complete. Raises what `Runner.run` raises, and `BadVmdk`."""
    plan.target.parent.mkdir(parents=True, exist_ok=True)
    work = plan.target.with_name(f".{plan.target.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        overlay = work / "overlay"
        # The final name already here: a VMDK has it inside.
        made = work / plan.target.name
        base = ["-b", os.fspath(plan.source.resolve()), "-F", "raw"]
        run.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", *base, overlay, str(plan.size)], package="qemu-utils"
        )
        run.run(["qemu-img", "convert", "-f", "qcow2", *options(plan), overlay, made], package="qemu-utils")
        if plan.format is DiskFormat.VMDK:
            vmdk.stamp_cid(made)
        made.rename(plan.target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return plan.target
