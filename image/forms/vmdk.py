"""The header and the descriptor of a VMDK, as VMware's "Virtual Disk Format 1.1" has them.

Read to check them, and to replace the one thing in a converted disk that is random: its content id.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mailward.errors import BadInput

MAGIC = b"KDMV"
SECTOR = 512
STREAM_OPTIMIZED = "streamOptimized"
MAX_DESCRIPTOR = 1 << 20
# magic, version, flags, capacity, grain size, descriptor offset and size; all little-endian, lengths in sectors.
_HEADER = struct.Struct("<4sIIQQQQ")
# Possessive throughout: a hostile descriptor must not make the search slow.
_CID = re.compile(rb"^CID=([0-9a-fA-F]{1,8})$", re.MULTILINE)
_EXTENT = re.compile(r'^(?:RW|RDONLY) \d+ SPARSE "([^"\n]*)"', re.MULTILINE)
_PAIR = re.compile(r'^([A-Za-z.]++) *+= *+"?([^"\n]*+)"?$', re.MULTILINE)


class BadVmdk(BadInput):
    key = "image.vmdk"
    sentence = "{file} is not a VMDK that can be used: {problem}"
    remedy = "Convert the disk again: `qemu-img convert -O vmdk -o subformat=streamOptimized`"


@dataclass(frozen=True, slots=True)
class Header:
    """version: of the sparse extent's header. capacity: virtual size in bytes. extent: the file name it thinks it
    has. adapter, hardware, kind: `ddb.adapterType`, `ddb.virtualHWVersion`, `createType`; empty if not there.
    """

    version: int
    capacity: int
    extent: str
    adapter: str
    hardware: str
    kind: str


def read_header(file: BinaryIO, start: int, size: int, *, name: str) -> Header:
    """The header of a VMDK of `size` bytes that begins at `start` of `file`. Raises `BadVmdk`."""
    fields, text = _descriptor(file, start, size, name)
    words = text.decode("utf-8", "replace")
    pairs: dict[str, str] = dict(_PAIR.findall(words))
    extent = _EXTENT.search(words)
    return Header(
        version=fields[1],
        capacity=fields[3] * SECTOR,
        extent=extent[1] if extent else "",
        adapter=pairs.get("ddb.adapterType", ""),
        hardware=pairs.get("ddb.virtualHWVersion", ""),
        kind=pairs.get("createType", ""),
    )


def _descriptor(file: BinaryIO, start: int, size: int, name: str) -> tuple[tuple[int, ...], bytes]:
    file.seek(start)
    head = file.read(min(size, _HEADER.size))
    if len(head) < _HEADER.size or not head.startswith(MAGIC):
        raise BadVmdk(file=name, problem="it does not begin like a sparse VMDK")
    fields = _HEADER.unpack(head)
    offset, length = fields[5] * SECTOR, fields[6] * SECTOR
    if not 0 < length <= MAX_DESCRIPTOR or offset + length > size:
        raise BadVmdk(file=name, problem="its descriptor is not where the header says")
    file.seek(start + offset)
    return fields, file.read(length).rstrip(b"\0")


def stamp_cid(path: Path) -> str:
    """Replace the random content id by one that is derived from all the rest; answer it.

    So two conversions of one disk are the same bytes. All ones mean "no parent" to VMware and never come out.
    Raises `BadVmdk`.
    """
    with path.open("r+b") as file:
        fields, text = _descriptor(file, 0, path.stat().st_size, path.name)
        match = _CID.search(text)
        if not match:
            raise BadVmdk(file=path.name, problem="its descriptor has no CID")
        # QEMU writes it without leading zeros, so the rest of the text may have to move.
        text = b"00000000".join((text[: match.start(1)], text[match.end(1) :]))
        offset, length = fields[5] * SECTOR, fields[6] * SECTOR
        if len(text) > length:
            raise BadVmdk(file=path.name, problem="its descriptor has no room for a whole CID")
        file.seek(offset)
        file.write(text.ljust(length, b"\0"))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        cid = next((digest[i : i + 8] for i in (0, 8) if digest[i : i + 8] < "fffffffe"), "00000001")
        file.seek(offset + match.start(1))
        file.write(cid.encode())
    return cid
