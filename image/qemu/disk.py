"""The controllers a guest's disk can hang on: what QEMU is told, and the driver that must find it there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Bus(StrEnum):
    """By the names that hypervisors use."""

    VIRTIO_BLK = "virtio-blk"
    VIRTIO_SCSI = "virtio-scsi"
    PVSCSI = "pvscsi"
    LSILOGIC = "lsilogic"
    NVME = "nvme"
    AHCI = "ahci"


@dataclass(frozen=True, slots=True)
class _Controller:
    """driver: of Linux. bus: QEMU's controller, none where the machine has it already. disk: QEMU's disk on it.

    firmware: whether Debian's OVMF can read it. Real machines with such a controller bring firmware that can.
    """

    driver: str
    bus: str
    disk: str
    firmware: bool = True


_CONTROLLERS = {
    Bus.VIRTIO_BLK: _Controller("virtio_blk", "", "virtio-blk-pci"),
    Bus.VIRTIO_SCSI: _Controller("virtio_scsi", "virtio-scsi-pci,id=disks", "scsi-hd,bus=disks.0"),
    Bus.PVSCSI: _Controller("vmw_pvscsi", "pvscsi,id=disks", "scsi-hd,bus=disks.0", firmware=False),
    # The parallel sibling (53c1030, mptspi) is not in QEMU; this one is VMware's "LSI Logic SAS" of the same family.
    Bus.LSILOGIC: _Controller("mptsas", "mptsas1068,id=disks", "scsi-hd,bus=disks.0", firmware=False),
    Bus.NVME: _Controller("nvme", "", "nvme,serial=mailward0"),
    Bus.AHCI: _Controller("ahci", "", "ide-hd,bus=ide.0"),
}


def driver(bus: Bus) -> str:
    """Linux's name of the driver for this controller."""
    return _CONTROLLERS[bus].driver


def firmware_reads(bus: Bus) -> bool:
    """Can the firmware boot from it? Else QEMU must be given the kernel image."""
    return _CONTROLLERS[bus].firmware


def words(bus: Bus, disk: Path, *, first: bool = True) -> list[str]:
    """For QEMU: `disk` (qcow2) on this controller. first: the firmware boots from it, and not what QEMU hands over."""
    controller = _CONTROLLERS[bus]
    found = ["-drive", f"if=none,id=disk0,format=qcow2,cache=writeback,file={disk}"]
    if controller.bus:
        found += ["-device", controller.bus]
    return [*found, "-device", f"{controller.disk},drive=disk0" + (",bootindex=0" if first else "")]
