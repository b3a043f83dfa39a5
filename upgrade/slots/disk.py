"""The disk this system runs from, and its two pairs of partitions, through sysfs and the device itself."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from mailward.errors import Failed
from upgrade.slots import gpt


class NotOnSlots(Failed):
    key = "upgrade.slot.none"
    sentence = "this system does not run from a slot: {problem}"
    remedy = "Slots are on an appliance that was flashed or deployed from our image"


class Disk:
    """A whole disk. Each call raises `BadTable` or `NotOnSlots`."""

    def __init__(self, device: Path, running_root: int) -> None:
        """`running_root` is the number of the partition that is mounted at /, through dm-verity."""
        self.device = device
        self._running = running_root

    @classmethod
    def running(cls, root: Path = Path("/")) -> Disk:
        """The disk below the verity device at /."""
        place = root.stat().st_dev
        name = f"{os.major(place)}:{os.minor(place)}"
        for slave in sorted((root / "sys/dev/block" / name / "slaves").glob("*")):
            real = slave.resolve()
            if not (real / "partition").exists():
                continue
            number = int((real / "partition").read_text())
            disk = Path("/dev") / real.parent.name
            table = _table(disk)
            if any(part.number == number and part.kind == gpt.ROOT for part in table):
                return cls(disk, number)
        raise NotOnSlots(problem="its root is not a partition of ours below dm-verity")

    def partitions(self) -> tuple[gpt.Partition, ...]:
        return _table(self.device)

    def running_uuid(self) -> UUID:
        """UUID of the root partition that runs."""
        return next(part.uuid for part in self.partitions() if part.number == self._running)

    def node(self, partition: gpt.Partition) -> Path:
        """Its device: /dev/sda3, /dev/nvme0n1p3."""
        separator = "p" if self.device.name[-1].isdigit() else ""
        return self.device.with_name(f"{self.device.name}{separator}{partition.number}")


def _table(device: Path) -> tuple[gpt.Partition, ...]:
    try:
        with device.open("rb", buffering=0) as file:

            def read(offset: int, size: int) -> bytes:
                return os.pread(file.fileno(), size, offset)

            return gpt.parse(read, file.seek(0, os.SEEK_END) // gpt.SECTOR, str(device))
    except OSError as error:
        raise gpt.BadTable(disk=device, problem=error.strerror) from error
