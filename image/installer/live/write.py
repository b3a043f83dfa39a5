"""Writing the partitions to the disk, and reading every byte back.

The EFI partition is last. Until it is written the firmware finds nothing to start on this disk, so an installation that
is cut off at any moment leaves no appliance that half works.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from image.installer import chunks, gpt
from image.installer.chunks import CHUNK, ZERO, Readable
from image.installer.gpt import Partition
from image.installer.live.errors import CannotWrite, MediumDamaged, ReadBack
from image.installer.live.target import Target
from image.installer.manifest import Manifest, Part

Progress = Callable[[str, int, int], None]  # what is done, bytes so far, bytes in all


def definitions(listed: Manifest) -> dict[str, str]:
    """Name -> content of the files that tell systemd-repart which partitions to make (repart.d(5))."""
    return {
        f"{number:02}.conf": (
            "[Partition]\n"
            f"Type={part.type}\nUUID={part.uuid}\nLabel={part.label}\nFlags={part.flags:#x}\n"
            f"SizeMinBytes={part.size}\nSizeMaxBytes={part.size}\n"
        )
        for number, part in enumerate(listed.parts)
    }


def repart(disk: str, folder: Path) -> list[str]:
    """Words that replace the partition table of `disk`."""
    return [
        "systemd-repart",
        "--dry-run=no",
        "--empty=force",
        "--discard=yes",
        "--seed=random",
        f"--definitions={folder}",
        "--no-pager",
        disk,
    ]


def places(listed: Manifest, table: Sequence[Partition], disk: str) -> list[tuple[Part, int]]:
    """Each part with where it begins on the disk, the EFI partition last. Raises `CannotWrite`."""
    there = {partition.uuid: partition for partition in table}
    found = []
    for part in sorted(listed.parts, key=lambda part: part.bootable):
        partition = there.get(part.uuid)
        if partition is None or (partition.size, partition.type) != (part.size, part.type):
            raise CannotWrite(disk=disk, reason=f"the partition for {part.name} is not there as it was made")
        found.append((part, partition.start))
    return found


def copy(part: Part, place: int, source: Readable, target: Target, progress: Progress) -> None:
    """Write a part. Raises `MediumDamaged` before a wrong chunk is written, and OSError."""
    begin, at = place, place
    for length, wanted in zip(chunks.lengths(part.size), part.chunks, strict=True):
        if wanted == ZERO:
            target.zero(at, length)
        else:
            chunk = chunks.read_whole(source, length)
            if len(chunk) != length or chunks.digest(chunk) != wanted:
                raise MediumDamaged(file=part.file, problem=f"what is for {at - begin:,} bytes was changed")
            target.write(at, chunk)
        at += length
        progress(f"Writing {part.name}", at - begin, part.size)


def verify(part: Part, place: int, target: Target, disk: str, progress: Progress) -> None:
    """Read a part back from the disk. Raises `ReadBack`, and OSError."""
    at = place
    for length, wanted in zip(chunks.lengths(part.size), part.chunks, strict=True):
        if chunks.digest(target.read(at, length)) != wanted:
            raise ReadBack(disk=disk, part=part.name, place=at - place)
        at += length
        progress(f"Reading back {part.name}", at - place, part.size)


@contextmanager
def unpacked(file: Path) -> Iterator[Readable]:
    """The chunks in a file compressed with zstd. Raises `MediumDamaged` if zstd is not content with it."""
    words = ["zstd", "-dcq", str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=CHUNK) as process:
        assert process.stdout and process.stderr
        try:
            yield process.stdout
        except MediumDamaged as error:
            # It ended early: zstd knows better why.
            process.kill()
            said = process.stderr.read().decode(errors="replace").strip()
            raise (MediumDamaged(file=file.name, problem=said.splitlines()[-1]) if said else error) from error
        except BaseException:
            process.kill()
            raise
        process.stdout.close()
        if process.wait():
            raise MediumDamaged(file=file.name, problem="it has more in it than it should")


def read_table(path: str) -> tuple[Partition, ...]:
    """The partition table as the disk has it now. Raises `BadTable`, OSError."""
    with Path(path).open("rb") as disk:
        return gpt.read(disk, name=path)
