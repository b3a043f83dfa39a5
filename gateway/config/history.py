"""The configurations of before: a limited number, each with who, when, why and what was changed.

`<number>.xml.gz` is written first; `<number>.json` makes it count.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from gateway.config import xml
from gateway.config.durable import Disk
from gateway.config.errors import NoRevision, StoreDamaged
from gateway.config.revision import Record, Revision, digest, dump, load

COUNT = 100
OCTETS = 200 << 20  # of all together, packed
_REMEDY = "Delete the file: that revision is lost, the others are not"


class History:
    """The folder."""

    def __init__(self, folder: Path, disk: Disk, *, count: int = COUNT, octets: int = OCTETS) -> None:
        self.folder = folder
        self._disk = disk
        self._count = count
        self._octets = octets

    def records(self) -> tuple[Record, ...]:
        """All that are kept, newest first. Raises StoreDamaged."""
        return tuple(self._record(path) for path in reversed(self._paths()))

    def since(self, number: int) -> tuple[Record, ...]:
        """Those behind a revision, newest first."""
        return tuple(record for record in self.records() if record.stamp.number > number)

    def revision(self, number: int) -> Revision:
        """One of before. Raises NoRevision, StoreDamaged, ConfigBroken (of another release)."""
        path = self._path(number)
        if not path.exists():
            raise NoRevision(number=number)
        record = self._record(path)
        packed = self._packed(number)
        try:
            text = gzip.decompress(packed.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise StoreDamaged(path=packed, why=str(error), remedy=_REMEDY) from error
        if digest(text) != record.stamp.digest:
            raise StoreDamaged(path=packed, why="its checksum is wrong", remedy=_REMEDY)
        return Revision(record.stamp, xml.loads(text, name=f"of revision {number}"))

    def add(self, record: Record, text: bytes) -> None:
        """Keep one; the same again changes nothing. The oldest leave when there are too many. Raises OSError."""
        self._disk.folder(self.folder)
        path = self._path(record.stamp.number)
        if not path.exists():
            self._disk.write(self._packed(record.stamp.number), gzip.compress(text, 1, mtime=0))
            self._disk.write(path, dump(record.to_dict()))
        self._trim()

    def _trim(self) -> None:
        total = 0
        for kept, path in enumerate(reversed(self._paths())):
            packed = self._packed(int(path.stem))
            total += path.stat().st_size + (packed.stat().st_size if packed.exists() else 0)
            # The running one and the one before it stay, whatever their size.
            if kept >= 2 and (kept >= self._count or total > self._octets):
                self._disk.remove(path)
                self._disk.remove(packed)

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.json") if path.stem.isdigit())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08}.json"

    def _packed(self, number: int) -> Path:
        return self.folder / f"{number:08}.xml.gz"

    def _record(self, path: Path) -> Record:
        try:
            return Record.from_dict(load(path, _REMEDY) or {})
        except (KeyError, TypeError, ValueError) as error:
            raise StoreDamaged(path=path, why=f"it is not a revision: {error}", remedy=_REMEDY) from error
