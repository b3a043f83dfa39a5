"""What is on the medium, with the digest of every piece of it.

The manifest's own digest stands on the command line of the installer's kernel image. So whoever trusts that image (and
Secure Boot makes sure of it where it is on) trusts every byte that is written to the disk.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from image.installer.chunks import ZERO, lengths
from mailward.errors import BadInput

FORM = 1
FOLDER = "mailward"
NAME = "installer.json"
PINNED = "mailward.medium"  # the word on the kernel's command line, followed by `=` and the digest

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILE = re.compile(r"[a-z][a-z0-9.-]{0,40}")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+-[0-9]+")
_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,36}")
MAX_BYTES = 4 << 20


class BadManifest(BadInput):
    key = "installer.manifest"
    sentence = "the list of what is on the medium cannot be used: {problem}"
    remedy = "Make the medium again from the installer's ISO file"


@dataclass(frozen=True, slots=True)
class Part:
    """One partition of the image.

    name: what it is, for people. file: its content on the medium, compressed and without chunks of zeros. type, uuid:
    GPT's. flags: of its entry there. size: bytes. chunks: digest of each chunk.
    """

    name: str
    file: str
    type: str
    uuid: str
    label: str
    flags: int
    size: int
    chunks: tuple[str, ...]

    @property
    def bootable(self) -> bool:
        """The EFI partition: without its content the firmware finds nothing to start."""
        return self.type == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"


@dataclass(frozen=True, slots=True)
class Manifest:
    """version: of the release. need: bytes that a disk must have at the least. parts: in their order on the disk."""

    version: str
    need: int
    parts: tuple[Part, ...]

    def to_bytes(self) -> bytes:
        return (json.dumps({"form": FORM, **asdict(self)}, indent=1, sort_keys=True) + "\n").encode()


def fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parse(content: bytes) -> Manifest:
    """Raises `BadManifest`: nothing is guessed, and nothing that is not known is passed over."""
    if len(content) > MAX_BYTES:
        raise BadManifest(problem="it is too large")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadManifest(problem="it is not JSON") from error
    top = _fields(document, {"form": _int, "version": _text(_VERSION), "need": _int, "parts": _list})
    if top["form"] != FORM:
        raise BadManifest(problem=f"it has form {top['form']}, and this installer knows {FORM}")
    parts = tuple(_part(item) for item in top["parts"])
    if not parts or sum(part.bootable for part in parts) != 1:
        raise BadManifest(problem="it does not have exactly one EFI partition")
    if len({part.file for part in parts}) != len(parts):
        raise BadManifest(problem="two partitions have one file")
    return Manifest(top["version"], top["need"], parts)


def _part(item: Any) -> Part:
    fields = _fields(
        item,
        {
            "name": _text(re.compile(r"[A-Za-z0-9 ,.()-]{1,60}")),
            "file": _text(_FILE),
            "type": _text(_UUID),
            "uuid": _text(_UUID),
            "label": _text(_LABEL),
            "flags": _int,
            "size": _int,
            "chunks": _list,
        },
    )
    chunks = tuple(fields["chunks"])
    if not all(isinstance(chunk, str) and (chunk == ZERO or _DIGEST.fullmatch(chunk)) for chunk in chunks):
        raise BadManifest(problem=f"{fields['file']} has a chunk without a digest")
    # Bounded first: counting the chunks of a size out of nowhere could take for ever.
    if fields["size"] > 1 << 40 or fields["size"] % 4096 or len(list(lengths(fields["size"]))) != len(chunks):
        raise BadManifest(problem=f"{fields['file']} has digests for another size")
    return Part(**{**fields, "chunks": chunks})


def _fields(item: Any, readers: dict[str, Callable[[str, Any], Any]]) -> dict[str, Any]:
    if not isinstance(item, dict) or set(item) != set(readers):
        raise BadManifest(problem="it does not have the fields it should have")
    return {name: read(name, item[name]) for name, read in readers.items()}


def _int(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 64:
        raise BadManifest(problem=f"{name} is not a number it can be")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadManifest(problem=f"{name} is not a list")
    return value


def _text(pattern: re.Pattern[str]) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BadManifest(problem=f"{name} is {str(value)[:60]!r}")
        return value

    return read
