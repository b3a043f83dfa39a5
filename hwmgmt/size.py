"""Sizes of disks: bytes in, bytes out, both families of units.

Disk makers count in powers of ten, file systems in powers of two, and the 2 TB limit lies between them
(2 TiB = 2.199 TB), so nothing here rounds: "10 GiB" is 10,737,418,240.
"""

from __future__ import annotations

import re

KIB = 1024
MIB = KIB * 1024
GIB = MIB * 1024
TIB = GIB * 1024

_UNITS = {
    "B": 1,
    "KIB": KIB,
    "MIB": MIB,
    "GIB": GIB,
    "TIB": TIB,
    "K": KIB,
    "M": MIB,
    "G": GIB,
    "T": TIB,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
}
_FORM = re.compile(r"\s*(\d{1,18})(?:\.(\d{1,6}))?\s*([A-Za-z]{0,3})\s*", re.ASCII)


def parse_size(text: str) -> int:
    """Bytes of "35 GiB", "35G", "600 GB", "1.2 TB". A fraction must come out whole. Raises ValueError."""
    form = _FORM.fullmatch(text)
    unit = _UNITS.get((form[3] or "B").upper()) if form else None
    if form is None or unit is None:
        raise ValueError(f"{text!r} is not a size such as 35 GiB, 600 GB or 512")
    whole, fraction = int(form[1]), form[2] or ""
    parts = 1
    for _ in fraction:
        parts *= 10
    scaled, rest = divmod(int(f"{whole}{fraction}") * unit, parts)
    if rest:
        raise ValueError(f"{text!r} is not a whole number of bytes")
    return scaled


def format_size(count: int) -> str:
    """`count` bytes for people, in powers of two: "10 GiB", "1.9 TiB"; exact bytes are for `--json`."""
    if count < 0:
        return f"-{format_size(-count)}"
    for name, unit in (("TiB", TIB), ("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if count >= unit:
            return f"{count / unit:.1f} {name}".replace(".0 ", " ")
    return f"{count} B"
