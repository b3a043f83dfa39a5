"""An OVA: descriptor, manifest, certificate if it is signed, and disk in one tar.

In this order, and with nothing of this host in it.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hwmgmt.models.model import Model
from image.forms import disk, ovf
from image.forms.disk import DiskFormat, Plan, Programs
from image.forms.ovf import Controller, DiskFile
from image.forms.sign import Signer
from image.host import human
from mailward.errors import Rejected

MTIME = 1767225600  # 2026-01-01, as in the image
MAX_MEMBER = 8**11 - 1  # eleven octal digits


class MemberTooLarge(Rejected):
    key = "image.forms.member-size"
    sentence = "{name} is {size} large, and a ustar archive takes no member over 8 GiB"
    remedy = "Deploy the disk alone, with --format vmdk"


@dataclass(frozen=True, slots=True)
class Package:
    """What an OVA is made of. disk: the VMDK, whose name is final."""

    model: Model
    disk: Path
    capacity: int
    version: str
    hardware: int = ovf.DEFAULT_HARDWARE
    controller: Controller = Controller.PVSCSI
    signer: Signer | None = None


def manifest(digests: Mapping[str, str]) -> str:
    """The manifest over `digests` (name -> SHA-256 in hex), in the one form that all importers read.

    OpenSSL 3 would write SHA2-256, and a space on either side of the parentheses makes vSphere refuse it.
    """
    return "".join(f"SHA256({name})= {digest}\n" for name, digest in digests.items())


def pack(package: Package, target: Path) -> Path:
    """Write the OVA. Raises `MemberTooLarge`, `OverLimit`, `UnsupportedModel`, `UnknownHardware`."""
    disk.under_limit(package.capacity)
    size = package.disk.stat().st_size
    if size > MAX_MEMBER:
        raise MemberTooLarge(name=package.disk.name, size=human(size))
    descriptor = ovf.render(
        package.model,
        DiskFile(package.disk.name, size, package.capacity),
        version=package.version,
        hardware=package.hardware,
        controller=package.controller,
    ).encode()
    stem = target.name.removesuffix(".ova")
    with package.disk.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        listed = manifest({f"{stem}.ovf": hashlib.sha256(descriptor).hexdigest(), package.disk.name: digest})
        texts = {f"{stem}.ovf": descriptor, f"{stem}.mf": listed.encode()}
        if package.signer:
            texts[f"{stem}.cert"] = package.signer.certificate_file(f"{stem}.mf", listed.encode())
        with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in texts.items():
                archive.addfile(_entry(name, len(content)), io.BytesIO(content))
            archive.addfile(_entry(package.disk.name, size), file)
    return target


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, MTIME, 0o644
    return entry  # uid, gid and their names are 0 and empty already


def make(
    model: Model,
    plan: Plan,
    run: Programs,
    *,
    version: str,
    controller: Controller = Controller.PVSCSI,
    signer: Signer | None = None,
) -> Path:
    """The OVA at `plan.target`, with its VMDK made on the way. It appears when it is complete.

    Raises what `disk.convert` and `pack` raise.
    """
    ovf.known_hardware(plan.hardware)
    plan.target.parent.mkdir(parents=True, exist_ok=True)
    work = plan.target.with_name(f".{plan.target.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        name = f"{plan.target.name.removesuffix('.ova')}-disk1.vmdk"
        made = disk.convert(replace(plan, target=work / name, format=DiskFormat.VMDK), run)
        package = Package(model, made, plan.size, version, plan.hardware, controller, signer)
        pack(package, work / plan.target.name).rename(plan.target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return plan.target
