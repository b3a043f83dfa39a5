"""Images in chunks of 4 MiB, each with its own digest: a fault is found where it is, and before it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

CHUNK = 4 << 20
ZERO = "-"  # in place of a digest: nothing but zeros, which are most of an image
_ZEROS = bytes(CHUNK)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def is_zero(chunk: bytes) -> bool:
    # bytes, not memoryview: the latter compares item by item, a hundred times slower.
    return chunk == (_ZEROS if len(chunk) == CHUNK else _ZEROS[: len(chunk)])


def digest(chunk: bytes) -> str:
    """SHA-256 in hex, or `ZERO`."""
    return ZERO if is_zero(chunk) else hashlib.sha256(chunk).hexdigest()


def lengths(size: int) -> Iterator[int]:
    """The lengths of the chunks of an image of `size` bytes: all `CHUNK`, but for the last."""
    while size > 0:
        yield min(size, CHUNK)
        size -= CHUNK


def read_whole(source: Readable, length: int) -> bytes:
    """`length` bytes, or fewer at the end of `source`: a pipe gives them in pieces."""
    pieces = []
    while length and (piece := source.read(length)):
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
