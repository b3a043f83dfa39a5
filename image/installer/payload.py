"""The partitions of a built image, compressed, as they lie on the medium: without the chunks that are all zeros."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from hwmgmt.models.schema import SYSTEM_BYTES
from hwmgmt.size import GIB
from image.forms.disk import Programs
from image.installer import chunks, gpt, manifest
from image.installer.gpt import Partition
from image.installer.manifest import Manifest, Part

VAR_BYTES = 4 * GIB  # what 30-var.conf wants at the least; a test compares them
LEVEL = 6  # the root is compressed already: a higher level costs a minute and saves nothing

ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
ROOT = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
VERITY = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5"
# Discoverable Partitions Specification: type -> file on the medium, and what it is for people.
NAMES = {
    ESP: ("esp.zst", "EFI partition"),
    ROOT: ("root.zst", "slot A, root file system"),
    VERITY: ("verity.zst", "slot A, verity data"),
}


class Words(Protocol):
    """Words to put before a command so that it runs where zstd is, seeing `folder`."""

    def __call__(self, folder: Path) -> list[str]: ...


def write(raw: Path, folder: Path, version: str, run: Programs, enter: Words) -> Manifest:
    """Cut `raw` into files below `folder`, with the manifest beside them.

    Raises `gpt.BadTable` for a disk that does not have exactly the partitions of an image, and what `run` raises.
    """
    folder.mkdir(parents=True)
    with raw.open("rb") as disk:
        found = gpt.read(disk, name=raw.name)
        if sorted(part.type for part in found) != sorted(NAMES):
            raise gpt.BadTable(disk=raw.name, problem="it does not have an EFI partition and one slot")
        parts = tuple(_cut(disk.fileno(), part, folder) for part in found)
    for part in parts:
        plain = folder / part.file.removesuffix(".zst")
        run.run([*enter(folder), "zstd", f"-{LEVEL}", "-T0", "-q", "--rm", os.fspath(plain)], package="zstd")
    listed = Manifest(version, SYSTEM_BYTES + VAR_BYTES, parts)
    (folder / manifest.NAME).write_bytes(listed.to_bytes())
    return listed


def _cut(disk: int, partition: Partition, folder: Path) -> Part:
    file, name = NAMES[partition.type]
    place, digests = partition.start, []
    with (folder / file.removesuffix(".zst")).open("wb") as out:
        for length in chunks.lengths(partition.size):
            chunk = os.pread(disk, length, place)
            digests.append(chunks.digest(chunk))
            if digests[-1] != chunks.ZERO:
                out.write(chunk)
            place += length
    return Part(
        name=name,
        file=file,
        type=partition.type,
        uuid=partition.uuid,
        label=partition.label,
        flags=partition.flags,
        size=partition.size,
        chunks=tuple(digests),
    )
