"""A release's folder, believed only as far as it is signed.

Three locks, each of which must open: the list of files is signed; every file is what the list says; the release's
document is canonical, about the version that the images have in their names, and signed by itself too (it is shown
and checked before the rest has been fetched).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mailward.errors import Failed
from mailward.version import Version
from upgrade.catalogue.document import BadRelease, Verifier, parse_release
from upgrade.catalogue.release import Release
from upgrade.publish import layout, sums


class Unreadable(Failed):
    key = "upgrade.release.unreadable"
    sentence = "{path} of a release cannot be read: {problem}"
    remedy = "See whether the folder is a release, made by `mailward release make`, and whole"


@dataclass(frozen=True, slots=True)
class Published:
    """A release whose signatures hold. `sums`: name -> SHA-256 in hex of every file but the list itself."""

    folder: Path
    release: Release
    document: bytes
    signature: bytes
    sums: dict[str, str]
    parts: layout.Parts

    @property
    def version(self) -> Version:
        return self.release.id


def read(folder: Path, verifier: Verifier) -> Published:
    """The release in `folder`, by its small signed files; the images are not looked at.

    Raises `Unreadable`, what `verifier` raises, `BadSums`, `BadRelease`, `Incomplete`, `FileDiffers`.
    """
    listing = _read(folder / sums.SUMS, sums.MAX_BYTES)
    verifier.verify(listing, _read(folder / (sums.SUMS + sums.SIGNATURE), 1024))
    return describe(folder, sums.parse(listing), verifier)


def describe(folder: Path, listed: dict[str, str], verifier: Verifier) -> Published:
    """What the signed list and the document beside it say together. Raises as `read`."""
    if layout.DOCUMENT not in listed:
        raise layout.Incomplete(version=folder.name, found=0, what=layout.DOCUMENT)
    document = _read(folder / layout.DOCUMENT, 1 << 20)
    signature = _read(folder / (layout.DOCUMENT + sums.SIGNATURE), 1024)
    verifier.verify(document, signature)
    check(folder / layout.DOCUMENT, listed[layout.DOCUMENT])
    release = parse_release(document, name=str(folder / layout.DOCUMENT))
    if not release.hardware.supported:
        raise BadRelease(name=folder / layout.DOCUMENT, problem="it runs on no model")
    return Published(folder, release, document, signature, listed, layout.parts(release.id, listed))


def check(path: Path, expected: str) -> None:
    """Raises `FileDiffers` unless the file has this SHA-256, `Unreadable`."""
    try:
        found = sums.of_file(path)
    except OSError as error:
        raise Unreadable(path=path, problem=error.strerror) from error
    if found != expected:
        raise sums.FileDiffers(name=path.name, problem=f"its SHA-256 is {found[:16]}…, not {expected[:16]}…")


def check_all(published: Published, told: Callable[[str], None]) -> None:
    """Every file against the list; `told` hears the name of each before. Raises as `check`."""
    for name, expected in sorted(published.sums.items()):
        told(name)
        check(published.folder / name, expected)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Unreadable(path=path, problem=error.strerror) from error
    if len(content) > most:
        raise Unreadable(path=path, problem=f"it has more than {most} bytes")
    return content
