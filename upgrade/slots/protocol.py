"""What the sequence needs of slots and of releases to fetch: values and two Protocols.

A slot is a root partition, its verity partition and, in the ESP, the kernel image (UKI) that boots them. The UKI's
name carries the boot counter (Automatic Boot Assessment in systemd's documentation): ``mailward_V.efi`` is blessed,
``mailward_V+3-0.efi`` is on trial with three tries left, ``mailward_V+0-3.efi`` is bad and boots last.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from mailward.version import Version
from upgrade.catalogue.release import Release


class Content(StrEnum):
    """What a slot holds. Only a whole one has a version that can boot."""

    EMPTY = "empty"
    PARTIAL = "half-written"  # an installation was interrupted; installing again overwrites it
    WHOLE = "whole"


class Standing(StrEnum):
    """What the boot counter says about a slot's kernel image."""

    NONE = "none"  # there is no kernel image
    TRIAL = "on-trial"
    BLESSED = "blessed"
    BAD = "bad"  # no tries left: the other slot boots


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot.

    Attributes:
        name: ``A`` is the first on the disk, ``B`` the second.
        running: the system that asks runs from it.
        version: None unless the content is whole.
        label: of its root partition, as it is on the disk.
        uki: name of its kernel image in EFI/Linux of the ESP; empty if there is none.
        tries_left, tries_done: boot counter; None when the name has none.
        root_hash: dm-verity root hash in hex; empty unless the content is whole.
    """

    name: str
    running: bool
    content: Content
    version: Version | None = None
    label: str = ""
    uki: str = ""
    standing: Standing = Standing.NONE
    tries_left: int | None = None
    tries_done: int | None = None
    root_hash: str = ""

    @property
    def blessed(self) -> bool:
        return self.standing is Standing.BLESSED

    @property
    def bad(self) -> bool:
        return self.standing is Standing.BAD

    @property
    def bootable(self) -> bool:
        """The boot loader would start it, and it is all there."""
        return self.content is Content.WHOLE and self.standing in (Standing.TRIAL, Standing.BLESSED)


@dataclass(frozen=True, slots=True)
class SlotSurvey:
    """Both slots. `problems` are sentences without a period; nothing is installed while there is one."""

    running: Slot
    other: Slot
    problems: tuple[str, ...] = ()

    def find(self, version: Version) -> Slot | None:
        """The slot that holds `version`; None if neither does."""
        return next((slot for slot in (self.running, self.other) if slot.version == version), None)


class Progress(Protocol):
    """Told how far long work is, some times a second.

    What it raises stops the work and comes out of the call: that is how work is cancelled. The work leaves what
    it can go on from.
    """

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` bytes of `what`, which is a few words such as ``fetching mailward_14.2.3-031.efi``."""


@dataclass(frozen=True, slots=True)
class FetchedRelease:
    """A release on `var`, every file of it checked against the signed sums.

    `document` and `signature` are release.json and release.json.sig as they were published, which the preflight's
    `Offer` takes; `release` is the document, read.
    """

    version: Version
    folder: Path
    release: Release
    document: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Offered:
    """A release that a source has. `size` is all its files' bytes, `fetched` how many of those are on `var`."""

    version: Version
    size: int
    fetched: int = 0

    @property
    def complete(self) -> bool:
        return self.fetched >= self.size


class Slots(Protocol):
    """The slots of this machine. Every call may raise a `MailwardError`; a `Rejected` has changed nothing."""

    def survey(self) -> SlotSurvey: ...

    def install(self, release: FetchedRelease, progress: Progress) -> None:
        """Write the release into the slot that does not run, read everything back and compare, then put its kernel
        image on trial: the next boot takes it. Interrupted at any point, the machine boots as before, and the
        same call does it all again. Refused for a release that is older than the running one or not for this model."""

    def prefer(self, version: Version) -> None:
        """Let the next boot take the slot of `version`. One that was bad is on trial again; the other is marked bad
        if it would come first otherwise."""

    def mark_bad(self, version: Version) -> None:
        """No tries left for `version`: the next boot takes the other slot."""

    def bless(self) -> None:
        """The running slot has proved itself: it is no longer on trial. Nothing happens if it was not."""

    def remove(self, version: Version) -> None:
        """Empty the slot that holds `version`, kernel image first. Refused for the one that runs."""

    def mounted_root(self, version: Version) -> AbstractContextManager[Path]:
        """Where the root of `version` is mounted, read-only and under dm-verity, while the context lasts."""


class Fetcher(Protocol):
    """Brings releases to the download folder on `var`.

    A source is ``https://…``, ``http://…``, a folder (a path or ``file://…``), or ``usb`` for whatever USB medium
    carries releases. It has either several releases, each in a folder of its own below a signed index, or is the
    folder of one.
    """

    def list(self, source: str) -> tuple[Offered, ...]:
        """What `source` offers, oldest first. Reads small files only, and believes only what is signed."""

    def fetch(self, source: str, version: Version, progress: Progress) -> FetchedRelease:
        """All files of `version`, going on where an earlier fetch stopped. Returns once every one is checked."""

    def fetched(self) -> tuple[FetchedRelease, ...]:
        """The releases that are complete in the download folder, oldest first."""

    def delete(self, version: Version) -> None:
        """Remove what was fetched of `version`, complete or not. Nothing happens if there is nothing."""
