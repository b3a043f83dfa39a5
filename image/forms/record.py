"""Which file was made from what, so that nothing is made twice and no digest is taken twice."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = ".mailward-forms.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """inputs: digest of what the file was made from. size, mtime_ns: as it was then. sha256: of its content."""

    inputs: str
    size: int
    mtime_ns: int
    sha256: str


class Record:
    """The entries of the files in one folder, by name. A record that cannot be read is an empty one."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / NAME
        self._entries: dict[str, Entry] = {}
        try:
            document: dict[str, dict[str, Any]] = json.loads(self._place.read_text())
            self._entries = {name: Entry(**fields) for name, fields in document.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            self._entries = {}

    def current(self, file: Path, inputs: str) -> Entry | None:
        """The entry of `file`, if it is there untouched and was made from `inputs`."""
        entry = self._entries.get(file.name)
        try:
            facts = file.stat()
        except OSError:
            return None
        if entry and (entry.inputs, entry.size, entry.mtime_ns) == (inputs, facts.st_size, facts.st_mtime_ns):
            return entry
        return None

    def put(self, file: Path, inputs: str) -> Entry:
        """Take the digest of `file`, and remember it. Raises OSError."""
        with file.open("rb") as content:
            facts = os.fstat(content.fileno())
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        entry = Entry(inputs, facts.st_size, facts.st_mtime_ns, digest)
        self._entries[file.name] = entry
        partial = self._place.with_name(NAME + ".partial")
        partial.write_text(
            json.dumps({name: asdict(entry) for name, entry in self._entries.items()}, indent=1)
        )
        partial.rename(self._place)
        return entry

    def digest(self, file: Path) -> Entry:
        """As `put`, unless it is known: for a file that comes from somewhere else."""
        return self.current(file, "") or self.put(file, "")


def sha256(file: Path) -> str:
    """In hex. Raises OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def combine(*words: str) -> str:
    """One digest for all that a file is made from."""
    return hashlib.sha256(b"".join(f"{len(word)}:{word}".encode() for word in words)).hexdigest()
