"""Is what lies in the output folder what would be built now?

A digest over everything that goes into an image and comes from this checkout and this command line. What it does
not see is a newer package in the archive: that is what `--fresh` is for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

# What the image is made of. Tests, documents and the host's own files change nothing in it.
INPUTS = ("pyproject.toml", "requirements/runtime.txt", "mailward", "hwmgmt", "upgrade", "gateway", "image")
NAME = ".mailward-build.json"


def digest(project: Path, words: Sequence[str], *, inputs: Sequence[str] = INPUTS) -> str:
    """Over the names, modes and contents of `inputs` under `project`, and over `words`."""
    total = hashlib.sha256()
    for word in words:
        total.update(f"{len(word)}:{word}".encode())
    for path in sorted(_files(project, inputs)):
        total.update(f"\0{path.relative_to(project)}\0{path.lstat().st_mode & 0o111:o}\0".encode())
        total.update(str(path.readlink()).encode() if path.is_symlink() else path.read_bytes())
    return total.hexdigest()


def _files(project: Path, inputs: Iterable[str]) -> Iterable[Path]:
    for name in inputs:
        top = project / name
        if top.is_file():
            yield top
        for path in top.rglob("*"):
            if (path.is_file() or path.is_symlink()) and "__pycache__" not in path.parts:
                yield path


def write(output: Path, files: Iterable[Path], value: str) -> None:
    """Remember that `files` were built from what has the digest `value`."""
    record = {"digest": value, "files": {path.name: _identity(path) for path in files}}
    (output / NAME).write_text(json.dumps(record, indent=2))


def is_current(output: Path, files: Iterable[Path], value: str) -> bool:
    """Were exactly these files, untouched since, built from what has the digest `value`?"""
    try:
        record = json.loads((output / NAME).read_text())
        present = {path.name: _identity(path) for path in files}
    except (OSError, ValueError):
        return False
    return bool(record == {"digest": value, "files": present})


def _identity(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]
