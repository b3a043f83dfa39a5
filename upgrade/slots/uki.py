"""What a kernel image (UKI) says about itself: sections of a PE file (UAPI.5 "Unified Kernel Image").

Only what is needed: the section table, bounds checked, nothing interpreted beyond it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from pathlib import Path

from mailward.errors import BadInput

MAX_SECTIONS = 96  # the PE format's own limit
_HEX64 = re.compile(r"[0-9a-f]{64}")


class BadKernelImage(BadInput):
    key = "upgrade.slot.uki"
    sentence = "{path} is not a kernel image of ours: {problem}"
    remedy = "Install the release again"


def sections(content: bytes, path: Path | str = "it") -> Mapping[str, bytes]:
    """Name -> content of each section of a PE file. Raises `BadKernelImage`."""
    if content[:2] != b"MZ" or len(content) < 64:
        raise BadKernelImage(path=path, problem="it does not begin as a PE file does")
    (at,) = struct.unpack_from("<I", content, 60)
    if at + 24 > len(content) or content[at : at + 4] != b"PE\0\0":
        raise BadKernelImage(path=path, problem="it has no PE header")
    count, optional = (
        struct.unpack_from("<H", content, at + 6)[0],
        struct.unpack_from("<H", content, at + 20)[0],
    )
    table = at + 24 + optional
    if count > MAX_SECTIONS or table + 40 * count > len(content):
        raise BadKernelImage(path=path, problem="its section table is cut off")
    found: dict[str, bytes] = {}
    for number in range(count):
        name, size, _address, stored, offset = struct.unpack_from("<8sIIII", content, table + 40 * number)
        if offset + stored > len(content):
            raise BadKernelImage(path=path, problem="a section lies beyond its end")
        text = name.rstrip(b"\0").decode("ascii", "replace")
        # The first of a name counts; further ones belong to other profiles.
        found.setdefault(text, content[offset : offset + min(size, stored)])
    return found


def command_line(content: bytes, path: Path | str = "it") -> str:
    """The kernel command line it boots with. Raises `BadKernelImage`."""
    try:
        return sections(content, path)[".cmdline"].rstrip(b"\0").decode().strip()
    except KeyError as error:
        raise BadKernelImage(path=path, problem="it has no kernel command line") from error
    except UnicodeDecodeError as error:
        raise BadKernelImage(path=path, problem="its kernel command line is no text") from error


def root_hash(content: bytes, path: Path | str = "it") -> str:
    """dm-verity's root hash from the command line, 64 hex digits. Raises `BadKernelImage`."""
    words = command_line(content, path).split()
    hashes = [word.partition("=")[2] for word in words if word.startswith("roothash=")]
    if len(hashes) != 1 or not _HEX64.fullmatch(hashes[0]):
        raise BadKernelImage(path=path, problem="its command line has not one root hash")
    return hashes[0]
