"""SHA256SUMS, the list that is signed: every file of a release with its hash, as sha256sum(1) writes and checks it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from mailward.errors import BadInput, Rejected

SUMS = "SHA256SUMS"
SIGNATURE = ".sig"
MAX_BYTES = 64 << 10
MAX_FILES = 200
BLOCK = 1 << 20

# No folders, no hidden files, nothing an option could be taken for.
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
_LINE = re.compile(rf"([0-9a-f]{{64}})  ({FILE_NAME.pattern})")


class BadSums(BadInput):
    key = "upgrade.release.sums"
    sentence = "the list of a release's files cannot be used: line {line} {problem}"
    remedy = "Fetch the release again; if it stays so, ask who publishes it"


class FileDiffers(Rejected):
    key = "upgrade.release.file"
    sentence = "{name} is not what was published: {problem}"
    remedy = "Fetch the release again; if it stays so, ask who publishes it, and do not install it"


def dump(sums: Mapping[str, str]) -> bytes:
    """The file's bytes, sorted by name. `sums` maps a name to its SHA-256 in hex."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def parse(content: bytes) -> dict[str, str]:
    """Name -> SHA-256 in hex. Strict: exactly what `dump` writes. Raises `BadSums`."""
    if len(content) > MAX_BYTES:
        raise BadSums(line=1, problem=f"of a list of more than {MAX_BYTES} bytes: a release has few files")
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadSums(
            line=content.count(b"\n", 0, error.start) + 1, problem="has a byte that is no ASCII"
        ) from error
    lines = text.split("\n")
    if lines.pop():
        raise BadSums(line=len(lines) + 1, problem="has no end")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match:
            raise BadSums(line=number, problem="is not a SHA-256 in hex, two spaces and a plain file name")
        if match[2] in found:
            raise BadSums(line=number, problem=f"names {match[2]} a second time")
        found[match[2]] = match[1]
    if not 0 < len(found) <= MAX_FILES:
        raise BadSums(line=1, problem=f"begins a list of {len(found)} files; there must be 1 to {MAX_FILES}")
    return found


def of_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
