"""Partition tables, told apart by their signatures.

Only the kind of table matters here: a DOS table (MBR) addresses 2^32 sectors, GPT does not have that limit.
Signatures: MBR 55 AA at byte 510; GPT "EFI PART" at the start of block 1 behind a protective MBR (UEFI 2.10,
5.2.3 and 5.3.2).
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from hwmgmt.aside import start
from hwmgmt.reading import Reading, known


class TableType(StrEnum):
    """Partition tables, as udev and blkid name them."""

    GPT = "gpt"
    DOS = "dos"
    NONE = "none"
    OTHER = "other"  # sun, mac, bsd …: not ours


_BOOT_SIGNATURE = b"\x55\xaa"
_PROTECTIVE = 0xEE
_GPT_SIGNATURE = b"EFI PART"
# The four entries of an MBR are at 446, 16 bytes each, their type at 4.
_TYPES = tuple(446 + 16 * entry + 4 for entry in range(4))


def table_of(start: bytes, logical: int = 512) -> TableType:
    """The table whose first blocks are `start`. A file system without partitions is no table.

    `logical` is the size of a block in bytes. A boot sector of FAT or NTFS has the MBR's signature too; its
    first bytes are a jump and the name of the system that wrote it, and blkid goes by the same.
    """
    if start[logical : logical + len(_GPT_SIGNATURE)] == _GPT_SIGNATURE:
        return TableType.GPT
    if start[510:512] != _BOOT_SIGNATURE:
        return TableType.NONE
    types = [start[at] for at in _TYPES]
    if _PROTECTIVE in types:
        # The header in block 1 is damaged, its copy at the end of the disk may not be.
        return TableType.GPT
    states = {start[at - 4] for at in _TYPES}
    if not any(types) or not states <= {0x00, 0x80} or b"FAT" in start[54:90] or start[3:7] == b"NTFS":
        return TableType.NONE
    return TableType.DOS


# A disk that spins up takes longer to answer than one that works.
DEADLINE_S = 5.0


def read_table(node: Path, logical: int, *, deadline_s: float = DEADLINE_S) -> Reading[TableType]:
    """Read a disk's first two blocks. Denied to other than root; timeout where a dying disk does not answer."""

    def read() -> Reading[TableType]:
        with node.open("rb") as disk:
            return known(table_of(disk.read(2 * logical), logical), detail=str(node))

    return start(read)(deadline_s)
