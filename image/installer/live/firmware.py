"""The entry in the firmware's boot menu, put first: otherwise a new disk stands behind the network, for minutes.

Load options and BootOrder are those of the UEFI specification 2.10, 3.1.3; device paths are in 10.3.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping
from pathlib import Path

from image.installer.gpt import SECTOR, Partition
from image.installer.live.errors import NoBootEntry

NAME = "Mailward"
LOADER = "\\EFI\\BOOT\\BOOTX64.EFI"
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
VARIABLES = "sys/firmware/efi/efivars"
_ATTRIBUTES = struct.pack("<I", 7)  # kept, and seen by boot services and the system
_ACTIVE = 1
_HARD_DRIVE = struct.Struct("<BBHIQQ16sBB")


def load_option(partition: Partition, loader: str = LOADER) -> bytes:
    """A load option for `loader` on an EFI partition of a GPT disk, whichever disk that will be called."""
    drive = _HARD_DRIVE.pack(
        4, 1, _HARD_DRIVE.size, partition.number, partition.start // SECTOR, partition.size // SECTOR,
        uuid.UUID(partition.uuid).bytes_le, 2, 2,
    )  # fmt: skip
    name = f"{loader}\0".encode("utf-16-le")
    path = drive + struct.pack("<BBH", 4, 4, 4 + len(name)) + name + struct.pack("<BBH", 0x7F, 0xFF, 4)
    return struct.pack("<IH", _ACTIVE, len(path)) + f"{NAME}\0".encode("utf-16-le") + path


def description(option: bytes) -> str:
    """What the boot menu shows for a load option; empty if it is none."""
    text = option[6:]
    end = next((n for n in range(0, len(text) - 1, 2) if text[n : n + 2] == b"\0\0"), 0)
    return text[:end].decode("utf-16-le", "replace")


def changes(variables: Mapping[str, bytes], option: bytes) -> dict[str, bytes]:
    """The variables to write so that `option` is the first to start; in place of one of ours, if there is one."""
    options = {
        name: content
        for name, content in variables.items()
        if len(name) == 8 and name.startswith("Boot") and set(name[4:]) <= set("0123456789ABCDEF")
    }
    ours = sorted(name for name, content in options.items() if description(content) == NAME)
    free = (name for name in (f"Boot{n:04X}" for n in range(0x10000)) if name not in options)
    name = ours[0] if ours else next(free)
    number = struct.pack("<H", int(name[4:], 16))
    order = variables.get("BootOrder", b"")
    others = [order[n : n + 2] for n in range(0, len(order) - 1, 2)]
    return {name: option, "BootOrder": number + b"".join(other for other in others if other != number)}


def put_first(partition: Partition, root: Path = Path("/")) -> None:
    """Write the entry. Raises `NoBootEntry`: the disk starts without it, too, if it is chosen in the boot menu."""
    folder = root / VARIABLES
    try:
        there = {
            file.name.removesuffix(f"-{GLOBAL}"): file.read_bytes()[4:]
            for file in folder.iterdir()
            if file.name.startswith("Boot") and file.name.endswith(GLOBAL)
        }
        for name, content in changes(there, load_option(partition)).items():
            # In one write: the firmware takes a variable whole.
            (folder / f"{name}-{GLOBAL}").write_bytes(_ATTRIBUTES + content)
    except OSError as error:
        raise NoBootEntry(reason=error.strerror or str(error)) from error
