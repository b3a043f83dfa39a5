"""The real machine behind `flow.System`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.detect import Detected, detect
from image.installer.gpt import BadTable
from image.installer.live import disks, firmware, programs, write
from image.installer.live.disks import Disk
from image.installer.live.errors import CannotWrite, ReadBack
from image.installer.live.medium import Medium
from image.installer.live.target import BlockDevice


class ThisMachine:
    def detected(self) -> Detected:
        return detect(models=catalogue())

    def disks(self) -> Sequence[Disk]:
        """Raises `ProgramFailed`."""
        programs.output(["udevadm", "settle", "--timeout=30"], deadline=40)
        return disks.parse(
            programs.output(["lsblk", "--json", "--bytes", "--output", disks.COLUMNS], deadline=60)
        )

    def holds(self, disk: Disk, medium: Medium) -> bool:
        """Is exactly what is on the medium on the disk, and nothing else? Raises `CannotWrite`."""
        if len(disk.areas) != len(medium.listed.parts):
            return False
        try:
            where = write.places(medium.listed, write.read_table(disk.path), disk.name)
            with BlockDevice(disk.path) as target:
                for part, place in where:
                    write.verify(part, place, target, disk.name, lambda what, done, total: None)
        except (BadTable, CannotWrite, ReadBack):
            return False
        except OSError as error:
            raise CannotWrite(disk=disk.name, reason=error.strerror or str(error)) from error
        return True

    def write(self, disk: Disk, medium: Medium, progress: Callable[[str, int, int], None]) -> None:
        """Raises `CannotWrite`, `ReadBack`, `MediumDamaged`, `ProgramFailed`."""
        try:
            self._write(disk, medium, progress)
        except OSError as error:
            raise CannotWrite(disk=disk.name, reason=error.strerror or str(error)) from error

    def _write(self, disk: Disk, medium: Medium, progress: Callable[[str, int, int], None]) -> None:
        with tempfile.TemporaryDirectory(prefix="repart-") as folder:
            for name, content in write.definitions(medium.listed).items():
                (Path(folder) / name).write_text(content)
            programs.output(write.repart(disk.path, Path(folder)), deadline=300)
        where = write.places(medium.listed, write.read_table(disk.path), disk.name)
        with BlockDevice(disk.path) as target:
            for part, place in where:
                with write.unpacked(medium.folder / part.file) as source:
                    write.copy(part, place, source, target, progress)
                target.flush()
                write.verify(part, place, target, disk.name, progress)
        # Once more, from the disk: the table is what says where all this is.
        write.places(medium.listed, write.read_table(disk.path), disk.name)

    def put_first(self, disk: Disk, medium: Medium) -> None:
        """Raises `NoBootEntry`, `BadTable`, `CannotWrite`."""
        esp = next(part.uuid for part in medium.listed.parts if part.bootable)
        try:
            table = write.read_table(disk.path)
        except OSError as error:
            raise CannotWrite(disk=disk.name, reason=error.strerror or str(error)) from error
        firmware.put_first(next(partition for partition in table if partition.uuid == esp))
