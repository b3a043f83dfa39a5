"""The members of a tar, read block by block (POSIX.1-1988 ustar).

Not by `tarfile`: it hides what importers choke on (extended headers, links), and reads such a header into memory
whatever its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mailward.errors import BadInput

BLOCK = 512
MAX_MEMBERS = 64  # an OVA has three or four
GZIP = b"\x1f\x8b"
REGULAR = "0"
DIRECTORY = "5"


class BadOva(BadInput):
    key = "image.forms.ova"
    sentence = "{file} cannot be read as an OVA: {problem}"
    remedy = "An OVA is a tar archive with an OVF descriptor first; copy or make it again"


@dataclass(frozen=True, slots=True)
class Member:
    """start, size: where its content is, in bytes. type: as in the header, "0" for a file. ustar: is it marked so."""

    name: str
    start: int
    size: int
    type: str = REGULAR
    ustar: bool = True


def is_gzip(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(2) == GZIP


def members(file: BinaryIO, size: int, name: Path | str) -> tuple[Member, ...]:
    """All members of an archive of `size` bytes. Raises `BadOva`."""
    found: list[Member] = []
    place = 0
    while place + BLOCK <= size:
        file.seek(place)
        header = file.read(BLOCK)
        if not header.strip(b"\0"):
            break
        member = _member(header, place + BLOCK, name)
        if member.start + member.size > size:
            raise BadOva(file=name, problem=f"it ends in the middle of {member.name!r}")
        found.append(member)
        if len(found) > MAX_MEMBERS:
            raise BadOva(file=name, problem=f"it has more than {MAX_MEMBERS} members")
        place = member.start + -(-member.size // BLOCK) * BLOCK
    if not found:
        raise BadOva(file=name, problem="it is empty or no tar archive")
    return tuple(found)


def _member(header: bytes, start: int, name: Path | str) -> Member:
    expected = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    if _number(header[148:156]) != expected or (size := _number(header[124:136])) is None:
        raise BadOva(file=name, problem=f"there is no valid tar header at byte {start - BLOCK}")
    ustar = header[257:263] == b"ustar\0"
    parts = [_text(header[345:500])] if ustar and header[345:346] != b"\0" else []
    return Member(
        name="/".join([*parts, _text(header[:100])]),
        start=start,
        size=size,
        type=chr(header[156] or ord(REGULAR)),
        ustar=ustar,
    )


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _number(field: bytes) -> int | None:
    """Octal digits, or base 256 with the top bit set as GNU tar writes large sizes."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not set(digits) - set(b"01234567") else None
