"""What the files of a release are called.

Root and hash tree carry the UUIDs their partitions must have: verity finds them by the two halves of the root hash
(systemd-veritysetup-generator(8)), and systemd-sysupdate takes the UUID from the name (``@u``, sysupdate.d(5)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from mailward.errors import BadInput
from mailward.version import Version

DOCUMENT = "release.json"
INDEX = "index.json"

_IMAGE = re.compile(
    r"mailward_(?P<version>[0-9.]+-[0-9]{3})_(?P<uuid>[0-9a-f-]{36})\.(?P<part>root|verity)\.raw\.zst"
)


class Incomplete(BadInput):
    key = "upgrade.release.incomplete"
    sentence = "the release {version} has {found} files {what}; it must have one"
    remedy = "Fetch it again, or have it made again with `mailward release make`"


@dataclass(frozen=True, slots=True)
class Parts:
    """The three files a slot is made of, and the UUIDs its partitions must have."""

    root: str
    root_uuid: UUID
    verity: str
    verity_uuid: UUID
    uki: str

    @property
    def root_hash(self) -> str:
        """dm-verity's root hash, in hex: what the two UUIDs are the halves of."""
        return self.root_uuid.hex + self.verity_uuid.hex


def image_name(version: Version, part: str, uuid: UUID) -> str:
    """`part` is ``root`` or ``verity``."""
    return f"mailward_{version}_{uuid}.{part}.raw.zst"


def uki_name(version: Version) -> str:
    return f"mailward_{version}.efi"


def partition_uuids(root_hash: str) -> tuple[UUID, UUID]:
    """Of root and hash tree: first and last 128 bits of the root hash (64 hex digits)."""
    return UUID(root_hash[:32]), UUID(root_hash[-32:])


def parts(version: Version, names: Iterable[str]) -> Parts:
    """Find the slot's files among a release's. Raises `Incomplete`."""
    found: dict[str, list[tuple[str, UUID]]] = {"root": [], "verity": []}
    there = set(names)
    for name in there:
        match = _IMAGE.fullmatch(name)
        if match and match["version"] == str(version):
            try:
                found[match["part"]].append((name, UUID(match["uuid"])))
            except ValueError:
                continue  # dashes at odd places: not a name of ours, and so missing
    for part, files in found.items():
        if len(files) != 1:
            raise Incomplete(
                version=version, found=len(files), what=f"mailward_{version}_UUID.{part}.raw.zst"
            )
    if (uki := uki_name(version)) not in there:
        raise Incomplete(version=version, found=0, what=uki)
    (root, root_uuid), (verity, verity_uuid) = found["root"][0], found["verity"][0]
    return Parts(root, root_uuid, verity, verity_uuid, uki)
