"""Checking a release where it is published, without keeping it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailward.progress import step
from upgrade.catalogue.document import Verifier
from upgrade.fetch import source as sources
from upgrade.fetch.library import SIGNED
from upgrade.publish import folder, sums


@contextmanager
def verified(url: str, verifier: Verifier) -> Iterator[folder.Published]:
    """The release at `url`, every file read once and compared. Raises as `folder.read`, and what a source raises."""
    place = sources.of(url)
    with tempfile.TemporaryDirectory(prefix="mailward-release-") as name:
        target = Path(name)
        for small in SIGNED:
            (target / small).write_bytes(place.small(small, 1 << 20))
        published = folder.read(target, verifier)
        for file, expected in sorted(published.sums.items()):
            with step(f"Checking {file}"), place.blocks(file, 0) as (_, blocks):
                digest, size = hashlib.sha256(), 0
                for block in blocks:
                    digest.update(block)
                    size += len(block)
                if digest.hexdigest() != expected:
                    raise sums.FileDiffers(
                        name=f"{url}/{file}", problem="its SHA-256 is not the one in the signed list"
                    )
                with (target / file).open("ab") as copy:
                    copy.truncate(size)  # its size is shown; its content has been looked at
        yield published
