"""The manifest of an image: its packages, its configuration files, and what it weighs.

It is mkosi's, with what mkosi does not know: Python packages, the initrd's, and a digest of every file that decides how
the system behaves. `mailward image diff` compares two of them.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from image.sbom.inventory import Component

# Configuration as an administrator understands it. systemd's programs and libraries lie beside its units.
_NO_CONFIGURATION = (".so", ".efi", ".efi.stub", ".hwdb", ".catalog")
# A cache, and what adduser and its kin keep of yesterday.
_LEFT_OUT = (
    "etc/ld.so.cache",
    *(f"etc/{name}-" for name in ("group", "gshadow", "passwd", "shadow", "subgid", "subuid")),
)
_PROGRAM = re.compile(r"usr/lib/systemd/systemd-[^/]*")
# struct erofs_super_block: le32 magic at 0, u8 blkszbits at 12, le32 blocks at 36.
_EROFS = struct.Struct("<I8xB23xI")
_EROFS_MAGIC = 0xE0F5E1E2
_EROFS_START = 1024


def configuration(archive: tarfile.TarFile) -> dict[str, str]:
    """Path -> `sha256:…` of a file, `-> target` of a link; programs and libraries left out."""
    found = {}
    for member in archive:
        name = member.name.removeprefix("./")
        if member.issym():
            if is_configuration(name, b""):
                found[name] = f"-> {member.linkname}"
        elif member.isfile() and (file := archive.extractfile(member)):
            content = file.read()
            if is_configuration(name, content):
                found[name] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return dict(sorted(found.items()))


def is_configuration(name: str, content: bytes) -> bool:
    """No program, no library, no cache. A link has no content; those to programs lie beside the programs."""
    return not (
        name in _LEFT_OUT
        or name.endswith(_NO_CONFIGURATION)
        or _PROGRAM.fullmatch(name)
        or content.startswith((b"\x7fELF", b"MZ"))
    )


def erofs_bytes(image: Path) -> int:
    """What the file system in `image` takes, which is less than its partition; 0 if it is no erofs."""
    with image.open("rb") as file:
        file.seek(_EROFS_START)
        head = file.read(_EROFS.size)
    if len(head) < _EROFS.size:
        return 0
    magic, bits, blocks = _EROFS.unpack(head)
    return int(blocks) << bits if magic == _EROFS_MAGIC else 0


def complete(
    manifest: dict[str, Any],
    components: Iterable[Component],
    files: dict[str, str],
    sizes: dict[str, int],
) -> dict[str, Any]:
    """mkosi's manifest with our part. sizes: of root, verity and UKI, in bytes."""
    packages = [
        {
            "type": item.kind.value,
            "name": item.name,
            "version": item.version,
            "architecture": item.architecture,
            "file-systems": list(item.where),
        }
        for item in components
    ]
    return {**manifest, "packages": packages, "sizes": sizes, "configuration": files}


def write(path: Path, manifest: dict[str, Any]) -> None:
    path.write_text(json.dumps(manifest, indent=1) + "\n")
