"""The sections of a unified kernel image, which is a PE file (Microsoft's "PE Format")."""

from __future__ import annotations

import struct
from pathlib import Path

from mailward.errors import BadInput

_SECTION = struct.Struct("<8sIIII")  # name, size in memory, address, size in the file, place in the file
MAX_SECTIONS = 96


class BadUki(BadInput):
    key = "installer.uki"
    sentence = "{file} is not a unified kernel image: {problem}"
    remedy = "Build the image again"


def sections(content: bytes, *, name: Path | str) -> dict[str, bytes]:
    """Name -> content; of several with one name, the first. Raises `BadUki`."""
    if len(content) < 64 or not content.startswith(b"MZ"):
        raise BadUki(file=name, problem="it is no PE file")
    (place,) = struct.unpack_from("<I", content, 0x3C)
    if content[place : place + 4] != b"PE\0\0" or len(content) < place + 24:
        raise BadUki(file=name, problem="it has no PE header")
    (count,) = struct.unpack_from("<H", content, place + 6)
    (optional,) = struct.unpack_from("<H", content, place + 20)
    table = place + 24 + optional
    if count > MAX_SECTIONS or table + count * 40 > len(content):
        raise BadUki(file=name, problem="its section table is cut off")
    found: dict[str, bytes] = {}
    for n in range(count):
        label, virtual, _, raw, start = _SECTION.unpack_from(content, table + n * 40)
        # The file has them padded to its alignment; the size in memory is the real one.
        length = min(virtual, raw)
        if start + length > len(content):
            raise BadUki(file=name, problem="a section is cut off")
        found.setdefault(label.rstrip(b"\0").decode("latin-1"), content[start : start + length])
    return found


def need(content: bytes, names: tuple[str, ...], *, name: Path | str) -> dict[str, bytes]:
    """The sections called `names`. Raises `BadUki` if one is missing."""
    found = sections(content, name=name)
    for wanted in names:
        if wanted not in found:
            raise BadUki(file=name, problem=f"it has no section {wanted}")
    return {wanted: found[wanted] for wanted in names}
