"""A machine as far as slots go: every write is one step, and the power can be cut between any two.

Partition table: as libfdisk writes it, second table before first, entries before header; read by the project's own
parser. FAT: a file's new name is there before its old one is gone. systemd-sysupdate: contents of all partitions
first, then their names in the order of the definitions; what has the version's name already is left out. systemd-boot:
entries without tries come last, then the newest first, and a try is counted before it is made.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mailward.version import Version
from tests.upgrade.releases import release
from upgrade.catalogue.document import dump_release
from upgrade.publish import folder, layout, make
from upgrade.publish.keys import ReleaseKey
from upgrade.slots import gpt, survey
from upgrade.slots.machine import TRIES, MachineSlots
from upgrade.slots.protocol import FetchedRelease, Progress
from upgrade.slots.survey import KernelImage
from upgrade.slots.written import WrittenDiffers

SECTORS = 160
OLD, NEW, OLDEST = Version.parse("14.2.3-027"), Version.parse("14.2.3-031"), Version.parse("14.2.1-020")
KEY = ReleaseKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


class PowerCut(Exception):
    """The machine is off. What was written stays."""


@dataclass(frozen=True)
class Made:
    """What one version is made of."""

    root: bytes
    verity: bytes
    root_hash: str
    uki: bytes


def made(version: Version) -> Made:
    root = f"root of {version} ".encode() * 9
    root_hash = hashlib.sha256(root).hexdigest()
    return Made(root, f"tree {root_hash}".encode(), root_hash, f"uki {root_hash} end".encode())


def published(version: Version, top: Path) -> FetchedRelease:
    """A signed release; its images are not packed, since nothing in the model unpacks."""
    what, target = made(version), top / str(version)
    target.mkdir(parents=True)
    root, verity = layout.partition_uuids(what.root_hash)
    (target / layout.image_name(version, "root", root)).write_bytes(what.root)
    (target / layout.image_name(version, "verity", verity)).write_bytes(what.verity)
    (target / layout.uki_name(version)).write_bytes(what.uki)
    (target / layout.DOCUMENT).write_bytes(dump_release(release(version, [Version.parse("13.5.1-277")])))
    make.sign(target, KEY)
    found = folder.read(target, KEY.trusted())
    return FetchedRelease(version, target, found.release, found.document, found.signature)


class Model:
    """Slot A runs `OLD`, blessed; slot B holds what came before it. `left`: writes until the power is cut, or None."""

    device = Path("/dev/model")

    def __init__(self, scratch: Path) -> None:
        self.left: int | None = None
        self.writes = 0
        self.damage = False
        self.running = OLD
        self.scratch = scratch
        self.content: dict[int, bytes] = {}
        self.esp: dict[str, bytes] = {}
        entries = [gpt.Partition(1, gpt.ESP, UUID(int=1), "esp", 0, 0)]
        for version, first in ((OLD, 2), (OLDEST, 4)):
            what = made(version)
            uuids = layout.partition_uuids(what.root_hash)
            label = f"{Version.LABEL_PREFIX}{version}"
            for number, kind, uuid, content in (
                (first, gpt.ROOT, uuids[0], what.root),
                (first + 1, gpt.ROOT_VERITY, uuids[1], what.verity),
            ):
                entries.append(gpt.Partition(number, kind, uuid, label, 0, 0))
                self.content[number] = content
            self.esp[survey.file_name(version)] = what.uki
        self.disk = bytearray(SECTORS * gpt.SECTOR)
        self._write_table(entries)

    # every change of what outlives a power cut

    def write(self, change: Callable[[], object]) -> None:
        if self.left is not None:
            if self.left == 0:
                raise PowerCut
            self.left -= 1
        self.writes += 1
        change()

    def _put(self, sector: int, content: bytes) -> None:
        def change() -> None:
            self.disk[sector * gpt.SECTOR : sector * gpt.SECTOR + len(content)] = content

        self.write(change)

    def _write_table(self, entries: list[gpt.Partition]) -> None:
        packed = b"".join(
            struct.pack(
                "<16s16sQQQ72s", e.kind.bytes_le, e.uuid.bytes_le, 40, 41, 0, e.label.encode("utf-16-le")
            )
            for e in entries
        ).ljust(128 * 32, b"\0")
        entries_crc = zlib.crc32(packed)

        def header(own: int, other: int, at: int, crc: int) -> bytes:
            return struct.pack(
                "<8s4sIIIQQQQ16sQIII",
                b"EFI PART", b"\0\0\1\0", 92, crc, 0, own, other, 34, SECTORS - 34, bytes(16), at, 32, 128,
                entries_crc,
            )  # fmt: skip

        for own, other, at in ((SECTORS - 1, 1, SECTORS - 1 - 8), (1, SECTORS - 1, 2)):
            self._put(at, packed)
            self._put(own, header(own, other, at, zlib.crc32(header(own, other, at, 0))))

    def _name(self, number: int, label: str, uuid: UUID | None = None) -> None:
        parts = [
            replace(part, label=label, uuid=uuid or part.uuid) if part.number == number else part
            for part in self.partitions()
        ]
        self._write_table(parts)

    # what MachineSlots takes for the disk

    def partitions(self) -> tuple[gpt.Partition, ...]:
        return gpt.parse(lambda at, size: bytes(self.disk[at : at + size]), SECTORS)

    def running_uuid(self) -> UUID:
        return layout.partition_uuids(made(self.running).root_hash)[0]

    def node(self, partition: gpt.Partition) -> Path:
        return Path(f"/dev/model{partition.number}")

    # for the EFI partition

    def kernels(self) -> tuple[KernelImage, ...]:
        found = []
        for name, content in sorted(self.esp.items()):
            if parsed := survey.parse_name(name):
                words = content.decode().split()
                found.append(KernelImage(name, *parsed, words[1] if words[-1:] == ["end"] else ""))
        return tuple(found)

    def rename(self, image: KernelImage, left: int | None, done: int = 0) -> None:
        self._rename(image.name, survey.file_name(image.version, left, done))

    def _rename(self, old: str, new: str) -> None:
        if new != old:
            self.write(lambda: self.esp.update({new: self.esp[old]}))
            self.write(lambda: self.esp.pop(old))

    def remove(self, name: str) -> None:
        self.write(lambda: self.esp.pop(name))

    def clean(self) -> None:
        for name in [name for name in self.esp if name.startswith(".#")]:
            self.remove(name)

    def place(self, name: str) -> Path:
        path = self.scratch / "read-back"
        path.write_bytes(self.esp[name])
        return path

    # for the programs

    def sysupdate(self, what: str, version: Version) -> None:
        {"root": self._update_root, "boot": self._update_boot}[what](version)

    def _update_root(self, version: Version) -> None:
        label, what = f"{Version.LABEL_PREFIX}{version}", made(version)
        root, verity = layout.partition_uuids(what.root_hash)
        chosen = []
        for kind, content, uuid in ((gpt.ROOT_VERITY, what.verity, verity), (gpt.ROOT, what.root, root)):
            of_kind = [part for part in self.partitions() if part.kind == kind]
            if any(part.label == label for part in of_kind):
                continue  # installed already, says sysupdate
            free = next(part.number for part in of_kind if part.label == survey.EMPTY)
            self._fill(free, content[:-1] + b"?" if self.damage else content)
            chosen.append((free, uuid))
        for number, uuid in chosen:
            self._name(number, label, uuid)

    def _fill(self, number: int, content: bytes) -> None:
        for end in (1, len(content) // 2, len(content)):
            part = content[:end]
            self.write(lambda part=part: self.content.update({number: part}))  # type: ignore[misc]

    def _update_boot(self, version: Version) -> None:
        content, temporary = made(version).uki, ".#sysupdate-7f"
        for end in (0, len(content) // 2, len(content)):
            part = content[:end]
            self.write(lambda part=part: self.esp.update({temporary: part}))  # type: ignore[misc]
        self._rename(temporary, survey.file_name(version, TRIES))

    def label(self, disk: Path, number: int, label: str) -> None:
        self._name(number, label)

    def unpack(self, packed: Path, target: Path) -> None:
        target.write_bytes(packed.read_bytes())

    def compare(self, packed: Path, device: Path, size: int, progress: Progress) -> None:
        if self.content[int(device.name.removeprefix("model"))] != packed.read_bytes():
            raise WrittenDiffers(device=device, at=0)

    @contextmanager
    def open_root(self, root: Path, verity: Path, root_hash: str) -> Iterator[Path]:
        yield self.scratch

    # switching on

    def boot(self) -> Version:
        """Restart, as often as it takes. Raises AssertionError if nothing comes up."""
        self.left = None
        for _ in range(3 * TRIES):
            image = max(
                self.kernels(), key=lambda image: (image.left != 0, image.version, image.left is None)
            )
            content = self.esp[image.name]
            if image.left:
                del self.esp[image.name]
                self.esp[survey.file_name(image.version, image.left - 1, (image.done or 0) + 1)] = content
            if self._comes_up(image.root_hash):
                self.running = image.version
                return image.version
        raise AssertionError(f"nothing boots: {sorted(self.esp)}")

    def _comes_up(self, root_hash: str) -> bool:
        if not root_hash:
            return False
        uuids = set(layout.partition_uuids(root_hash))
        found = {part.kind: self.content[part.number] for part in self.partitions() if part.uuid in uuids}
        root, tree = found.get(gpt.ROOT, b""), found.get(gpt.ROOT_VERITY, b"")
        return hashlib.sha256(root).hexdigest() == root_hash and tree == f"tree {root_hash}".encode()

    def slots(self) -> MachineSlots:
        return MachineSlots(KEY.trusted(), self, self, self, verified=self.scratch / "verified")
