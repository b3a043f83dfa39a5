"""Is on the partition what was signed? Read back from the disk, not from the kernel's memory of the write."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mailward.errors import Failed
from upgrade.slots.protocol import Progress

BLOCK = 4 << 20


class WrittenDiffers(Failed):
    key = "upgrade.slot.written"
    sentence = "what was written to {device} is not what was signed: they differ after {at:,} bytes"
    remedy = "The slot will not boot. The disk may be failing: see `mailward hw disks`, then install again"


class CannotUnpack(Failed):
    key = "upgrade.slot.unpack"
    sentence = "{path} cannot be unpacked: {problem}"
    remedy = "Delete what was fetched and fetch the release again"


def compare(packed: Path, device: Path, size: int, progress: Progress) -> None:
    """Byte by byte: the unpacked file (`size` bytes at most), and the device's beginning.

    The packed file's hash was checked against the signed list before; so equal is as good as a hash of the device,
    and does not cost one. Raises `WrittenDiffers`, `CannotUnpack`.
    """
    what = f"reading {device.name} back"
    with unpacked(packed) as stream, device.open("rb", buffering=0) as written:
        forget(written)
        at = 0
        while wanted := stream.read(BLOCK):
            found = _exactly(written, len(wanted))
            if found != wanted:
                raise WrittenDiffers(device=device, at=at + _first_difference(wanted, found))
            at += len(wanted)
            progress(what, at, max(size, at))


@contextmanager
def unpacked(packed: Path) -> Iterator[BinaryIO]:
    """The content of a .zst file, as a stream. Raises `CannotUnpack` at its end if it was not whole."""
    with packed.open("rb") as source:
        try:
            child = subprocess.Popen(
                ["zstd", "-q", "-d", "-c"], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except FileNotFoundError as error:
            raise CannotUnpack(path=packed, problem="zstd is not installed") from error
    with child:
        assert child.stdout and child.stderr
        try:
            yield child.stdout  # type: ignore[misc]  # a pipe is an IO[bytes] to typeshed
        except BaseException:
            child.kill()
            raise
        problem = child.stderr.read().decode(errors="replace").strip()
    if child.returncode:
        raise CannotUnpack(path=packed, problem=problem or f"zstd ended with status {child.returncode}")


def forget(file: BinaryIO) -> None:
    """Write out what is pending of a device, and drop what is cached of it: the next read asks the disk."""
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _exactly(file: BinaryIO, size: int) -> bytes:
    parts = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _first_difference(one: bytes, other: bytes) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
