"""Boxes for Vagrant, one a provider: metadata, a Vagrantfile of its own, and a disk of the model's size, in a tar.gz.

VirtualBox's is an OVF beside its VMDK, libvirt's a qcow2 called box.img (developer.hashicorp.com: "Box file format").
"""

from __future__ import annotations

import gzip
import io
import json
import math
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from hwmgmt.models.model import Model
from image.forms import disk, ovf
from image.forms.disk import DiskFormat, Plan, Programs
from image.forms.ova import MTIME
from image.forms.ovf import Controller, DiskFile

TEMPLATE = "Vagrantfile.j2"
LEVEL = 1  # the disks are compressed already, as far as they can be


class Provider(StrEnum):
    LIBVIRT = "libvirt"
    VIRTUALBOX = "virtualbox"


# provider -> name and format of the disk in the box
DISKS = {
    Provider.LIBVIRT: ("box.img", DiskFormat.QCOW2),
    Provider.VIRTUALBOX: ("box-disk1.vmdk", DiskFormat.VMDK),
}


def metadata(provider: Provider, capacity: int) -> str:
    """metadata.json. virtual_size is in GiB, and must not be less than the disk."""
    match provider:
        case Provider.LIBVIRT:
            words = {
                "provider": "libvirt",
                "format": "qcow2",
                "virtual_size": math.ceil(capacity / (1 << 30)),
            }
        case Provider.VIRTUALBOX:
            words = {"provider": "virtualbox"}
    return json.dumps(words, indent=2) + "\n"


def vagrantfile(model: Model, version: str) -> str:
    """The Vagrantfile inside the box: what whoever uses it need not write."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)
    template = environment.from_string((files("image.forms") / TEMPLATE).read_text("utf-8"))
    return template.render(
        model=model.name, version=version, cpus=model.cpus, memory_mib=model.memory_bytes >> 20
    )


def make(model: Model, plan: Plan, provider: Provider, run: Programs, *, version: str) -> Path:
    """The box at `plan.target`; it appears when it is complete. Raises what `disk.convert` raises."""
    plan.target.parent.mkdir(parents=True, exist_ok=True)
    work = plan.target.with_name(f".{plan.target.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        name, form = DISKS[provider]
        made = disk.convert(replace(plan, target=work / name, format=form), run)
        texts = {
            "metadata.json": metadata(provider, plan.size),
            "Vagrantfile": vagrantfile(model, version),
        }
        if provider is Provider.VIRTUALBOX:
            described = DiskFile(name, made.stat().st_size, plan.size)
            texts["box.ovf"] = ovf.render(
                model, described, version=version, controller=Controller.AHCI, flavour=ovf.VIRTUALBOX
            )
        _pack(texts, made, work / "box").rename(plan.target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return plan.target


def _pack(texts: Mapping[str, str], content: Path, target: Path) -> Path:
    with (
        target.open("wb") as out,
        gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=LEVEL, mtime=MTIME) as packed,
        # GNU: a box's disk may be over the 8 GiB that ustar holds, and Vagrant unpacks with bsdtar.
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive,
        content.open("rb") as file,
    ):
        for name, text in texts.items():
            data = text.encode()
            archive.addfile(_entry(name, len(data)), io.BytesIO(data))
        archive.addfile(_entry(content.name, content.stat().st_size), file)
    return target


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, MTIME, 0o644
    return entry
