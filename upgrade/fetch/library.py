"""The releases on this appliance: `upgrade.slots.protocol.Fetcher`, in a folder on `var`.

Each has a folder named after its version. A file arrives under its own name with ``.part`` behind it and loses that
only when its hash is right; the signed list arrives first. So whatever stops it, the next fetch asks for the rest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mailward.durable import sync_folder
from mailward.errors import Failed, MailwardError
from mailward.version import BadVersion, Version
from upgrade.catalogue.document import Verifier, parse_signed
from upgrade.fetch import source as sources
from upgrade.fetch import usb
from upgrade.fetch.source import NotThere, Source
from upgrade.publish import folder, index, layout, sums
from upgrade.slots.protocol import FetchedRelease, Offered, Progress

DOWNLOADS = Path("/var/lib/mailward/upgrade/releases")

# The small files that are signed, in the order they are fetched: the signature of what came before comes last.
SIGNED = (
    sums.SUMS,
    sums.SUMS + sums.SIGNATURE,
    layout.DOCUMENT,
    layout.DOCUMENT + sums.SIGNATURE,
)


class NoRoom(Failed):
    key = "upgrade.fetch.no-room"
    sentence = "{name} cannot be written to {folder}: {problem}"
    remedy = "Free some room on /var; releases that were fetched can be deleted. Then do the same again"


class CannotDelete(Failed):
    key = "upgrade.fetch.delete"
    sentence = "{folder} cannot be removed: {problem}"
    remedy = "Do it as an administrator, while no upgrade is under way"


class NotOffered(Failed):
    key = "upgrade.fetch.not-offered"
    sentence = "{source} does not have {version}; it has {offered}"
    remedy = "Choose one of those, or another place"


class Library:
    """Fits `Fetcher`."""

    def __init__(self, verifier: Verifier, downloads: Path = DOWNLOADS) -> None:
        self._verifier = verifier
        self._downloads = downloads

    def list(self, source: str) -> tuple[Offered, ...]:
        with _place(source) as place:
            return tuple(
                Offered(entry.version, entry.size, self._have(entry.version))
                for entry, _ in self._offers(place)
            )

    def fetch(self, source: str, version: Version, progress: Progress) -> FetchedRelease:
        with _place(source) as place:
            offers = self._offers(place)
            chosen = next((offer for offer in offers if offer[0].version == version), None)
            if chosen is None:
                offered = ", ".join(str(entry.version) for entry, _ in offers) or "none"
                raise NotOffered(source=place.name, version=version, offered=offered)
            return self._fetch(*chosen, progress)

    def fetched(self) -> tuple[FetchedRelease, ...]:
        found = []
        for version, path in self._folders():
            try:
                published = folder.read(path, self._verifier)
                if published.version == version and all((path / name).is_file() for name in published.sums):
                    found.append(_fetched(published))
            except MailwardError:
                continue  # begun, and not whole yet: that is what `fetch` goes on with
        return tuple(sorted(found, key=lambda release: release.version))

    def delete(self, version: Version) -> None:
        path = self._downloads / str(version)
        try:
            if path.exists():
                shutil.rmtree(path)
        except OSError as error:
            raise CannotDelete(folder=path, problem=error.strerror or str(error)) from error

    def _folders(self) -> Iterator[tuple[Version, Path]]:
        if not self._downloads.is_dir():
            return
        for path in sorted(self._downloads.iterdir()):
            try:
                yield Version.parse(path.name), path
            except BadVersion:
                continue  # not ours

    def _have(self, version: Version) -> int:
        path = self._downloads / str(version)
        return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else 0

    def _offers(self, place: Source) -> Sequence[tuple[index.Entry, Source]]:
        """What a place has, and where each is: below a signed list, or the place is one release itself."""
        try:
            content = place.small(layout.INDEX, index.MAX_BYTES)
        except NotThere:
            return [self._single(place)]
        signature = place.small(layout.INDEX + sums.SIGNATURE, 1024)
        listed = index.parse(content, signature, self._verifier, source=place.name)
        return [(entry, sources.below(place, entry.folder)) for entry in listed.releases]

    def _single(self, place: Source) -> tuple[index.Entry, Source]:
        listing = place.small(sums.SUMS, sums.MAX_BYTES)
        self._verifier.verify(listing, place.small(sums.SUMS + sums.SIGNATURE, 1024))
        document = place.small(layout.DOCUMENT, 1 << 20)
        signature = place.small(layout.DOCUMENT + sums.SIGNATURE, 1024)
        release = parse_signed(document, signature, self._verifier, name=f"{place.name}/{layout.DOCUMENT}")
        size = sum(place.size(name) for name in sums.parse(listing))
        return index.Entry(version=release.id, folder="single", size=max(size, 1)), place

    def _fetch(self, entry: index.Entry, place: Source, progress: Progress) -> FetchedRelease:
        version = entry.version
        target = self._downloads / str(version)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for name in SIGNED:
                _write(target / name, place.small(name, sums.MAX_BYTES if name == sums.SUMS else 1 << 20))
            published = folder.read(target, self._verifier)
            if published.version != version:
                raise NotOffered(source=place.name, version=version, offered=str(published.version))
            for name, expected in sorted(published.sums.items()):
                self._file(place, name, expected, target / name, entry.size, progress)
            sync_folder(target)
        except OSError as error:
            raise NoRoom(name=version, folder=target, problem=error.strerror or str(error)) from error
        return _fetched(published)

    def _file(
        self, place: Source, name: str, expected: str, target: Path, most: int, progress: Progress
    ) -> None:
        if target.exists() and sums.of_file(target) == expected:
            return
        part = target.with_name(target.name + ".part")
        for attempt in (1, 2):
            digest, done = _resumed(part)
            total = place.size(name)
            with place.blocks(name, done) as (start, blocks), part.open("r+b" if done else "wb") as file:
                if start != done:
                    digest, done = hashlib.sha256(), 0
                    file.truncate(0)
                file.seek(done)
                for block in blocks:
                    file.write(block)
                    digest.update(block)
                    done += len(block)
                    if done > most:
                        raise sums.FileDiffers(
                            name=f"{place.name}/{name}", problem=f"it has more than {most:,} bytes"
                        )
                    progress(f"fetching {name}", done, max(done, total))
                file.flush()
                os.fsync(file.fileno())
            if done < total:
                raise sources.SourceFailed(
                    place=f"{place.name}/{name}", problem=f"it broke off after {done:,} of {total:,} bytes"
                )
            if digest.hexdigest() == expected:
                part.replace(target)
                return
            # What was there may have been of another publication: once more from its beginning.
            part.unlink()
            if attempt == 2:
                raise sums.FileDiffers(
                    name=f"{place.name}/{name}", problem="its SHA-256 is not the one in the signed list"
                )


def _resumed(part: Path) -> tuple[hashlib._Hash, int]:
    digest = hashlib.sha256()
    done = 0
    if part.exists():
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                done += len(block)
    return digest, done


def _fetched(published: folder.Published) -> FetchedRelease:
    return FetchedRelease(
        published.version, published.folder, published.release, published.document, published.signature
    )


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def _place(text: str) -> Iterator[Source]:
    if text == "usb":
        with usb.source(usb.media()) as place:
            yield place
    else:
        yield sources.of(text)
