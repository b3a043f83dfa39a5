"""An OVA in memory that nothing is wrong with, and ways to spoil it."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
from collections.abc import Callable, Sequence

from hwmgmt.models.catalogue import catalogue
from image.forms import ovf
from image.forms.lint.checks import Report, run
from image.forms.lint.survey import read

CAPACITY = 1 << 30
DISK = "m-disk1.vmdk"
TEXT = """# Disk DescriptorFile
CID=12345678
createType="streamOptimized"
RW 2097152 SPARSE "m-disk1.vmdk"
ddb.virtualHWVersion = "15"
ddb.adapterType = "lsilogic"
"""
Edit = Callable[[str], str]


def vmdk(text: str = TEXT, *, version: int = 3) -> bytes:
    head = struct.pack("<4sIIQQQQ", b"KDMV", version, 3, CAPACITY // 512, 128, 1, 4).ljust(512, b"\0")
    return head + text.encode().ljust(2048, b"\0")


def descriptor(disk: bytes) -> str:
    return ovf.render(
        catalogue().get("C100V"), ovf.DiskFile(DISK, len(disk), CAPACITY), version="14.2.3-031", hardware=15
    )


def same(text: str) -> str:
    return text


def manifest(files: Sequence[tuple[str, bytes]]) -> str:
    return "".join(f"SHA256({name})= {hashlib.sha256(content).hexdigest()}\n" for name, content in files)


def files(
    edit: Edit = same, edit_manifest: Edit = same, disk: bytes | None = None
) -> list[tuple[str, bytes]]:
    """Name and content of each member. The manifest is made after `edit` has changed the descriptor."""
    disk = vmdk() if disk is None else disk
    text = edit(descriptor(disk)).encode()
    listed = edit_manifest(manifest([("m.ovf", text), (DISK, disk)]))
    return [("m.ovf", text), ("m.mf", listed.encode()), (DISK, disk)]


def pack(members: Sequence[tuple[str, bytes]], form: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if name.endswith("/"):
                entry.type = tarfile.DIRTYPE
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def lint(data: bytes, newest: int = 15) -> Report:
    return run(read(io.BytesIO(data), len(data), "m.ova"), newest)


def ids(data: bytes, newest: int = 15) -> set[str]:
    return {found.id for found in lint(data, newest).findings}
