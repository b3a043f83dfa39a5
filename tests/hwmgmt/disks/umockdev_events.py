"""Run by test_block.py under umockdev-wrapper: plugs made-up disks in and out, prints what our monitor saw.

umockdev's C library is called through ctypes, as its GObject binding is not installed everywhere.
"""

from __future__ import annotations

import ctypes
import json
import threading
from pathlib import Path

from hwmgmt.disks.block import list_disks, udev_properties, watch

PARENT = "/devices/pci0000:00/0000:00:1f.2/ata1/block"

library = ctypes.CDLL("libumockdev.so.0")
library.umockdev_testbed_new.restype = ctypes.c_void_p
library.umockdev_testbed_add_from_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
library.umockdev_testbed_uevent.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
library.umockdev_testbed_remove_device.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
bed = library.umockdev_testbed_new()


def plug(name: str, kind: str = "disk") -> None:
    """umockdev sends the uevent "add" itself."""
    lines = (
        f"P: {PARENT}/{name}",
        f"N: {name}",
        "E: SUBSYSTEM=block",
        f"E: DEVTYPE={kind}",
        f"E: DEVNAME=/dev/{name}",
        "E: ID_PART_TABLE_TYPE=gpt",
        "E: ID_MODEL=UCS-HD600G10K12N",
        "E: ID_SERIAL_SHORT=WZP1",
        "E: ID_BUS=scsi",
        "A: size=1172123568",
        "A: removable=0",
        "",
    )
    library.umockdev_testbed_add_from_string(bed, "\n".join(lines).encode(), None)


def later() -> None:
    plug("sdb")
    plug("sdb1", kind="partition")
    for action in (b"change", b"bind", b"remove"):
        library.umockdev_testbed_uevent(bed, f"/sys{PARENT}/sdb".encode(), action)
    library.umockdev_testbed_remove_device(bed, f"/sys{PARENT}/sdb".encode())


plug("sda")
before = list_disks(Path("/"), udev_properties()).need()
timer = threading.Timer(0.3, later)
timer.start()
events = [(str(event.action), event.name, event.properties.get("ID_MODEL", "")) for event in watch(quiet=1.5)]
after = list_disks(Path("/"), udev_properties()).need()
print(
    json.dumps(
        {
            "before": [(disk.name, disk.size.value, disk.table.value, disk.serial.value) for disk in before],
            "events": events,
            "after": [disk.name for disk in after],
        }
    )
)
