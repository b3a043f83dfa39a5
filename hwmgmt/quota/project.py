"""Project quotas of one file system (ext4 or XFS): which folders count for a project, and its limit (H4).

A limit binds every process without CAP_SYS_RESOURCE; root has it, and a daemon that runs as root writes past
any limit. Who is bound gets EDQUOT from ext4 and ENOSPC from XFS. Moving a file from one project's folder to
another's by rename(2) fails with EXDEV, as between file systems.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hwmgmt.quota import _kernel
from hwmgmt.reading import Reading, Reason, known, missing, read_text, reason_of
from mailward.errors import Failed


class QuotaFailed(Failed):
    """The kernel refused a quota operation."""

    key = "hw.quota.kernel"
    sentence = "cannot {what} on {path}: {reason}"
    remedy = "{advice}"


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a project: limit and use in bytes (a limit of 0 is none), number of files and folders."""

    limit: int
    used: int
    files: int


class Enforcement(StrEnum):
    """What the file system does about project quotas."""

    ENFORCED = "enforced"
    OFF = "off"  # not mounted with prjquota: limits are at most counted, never held


class Quotas(Protocol):
    """Project quotas of a file system, real or made up."""

    def usage(self, project: int) -> Reading[Usage]: ...

    def limit(self, project: int, size: int) -> None: ...

    def tagged(self, folder: Path) -> Reading[int]: ...

    def tag(self, folder: Path, project: int) -> int: ...


_ADVICE = {
    errno.ESRCH: "Mount the file system with prjquota",
    errno.ENOSYS: "Use a kernel with quota support, and ext4 or XFS",
    errno.ENOTTY: "Use ext4 or XFS",
    errno.EOPNOTSUPP: "Make the file system with project quotas (mkfs.ext4 -O quota,project)",
    errno.EPERM: "Run it as root",
    errno.EACCES: "Run it as root",
    errno.ENOENT: "Create the folder first",
    errno.ELOOP: "Replace the symlink by a folder",
}


def _failed(error: OSError, what: str, path: Path) -> QuotaFailed:
    advice = _ADVICE.get(error.errno or 0, "See the kernel's log")
    return QuotaFailed(what=what, path=path, reason=error.strerror or str(error), advice=advice)


class ProjectQuotas:
    """Project quotas of the file system that `mount` is on."""

    def __init__(self, mount: Path) -> None:
        self.mount = mount

    def usage(self, project: int) -> Reading[Usage]:
        """Limit and use of a project. A project that never had a file reads as zeros."""
        try:
            with _opened(self.mount) as descriptor:
                limits = _kernel.get_limits(descriptor, project)
        except OSError as error:
            if error.errno == errno.ENOENT and self.mount.exists():
                return known(Usage(0, 0, 0), "bytes")
            detail = f"{self.mount}: {error.strerror}. {_ADVICE.get(error.errno or 0, '')}".rstrip(" .")
            # ESRCH is the kernel's word for "quotas are not on here".
            off = error.errno in (errno.ESRCH, errno.EOPNOTSUPP)
            return missing(Reason.UNSUPPORTED if off else reason_of(error), detail, unit="bytes")
        return known(Usage(limits.limit, limits.used, limits.files), "bytes")

    def limit(self, project: int, size: int) -> None:
        """Set a project's limit in bytes. Raises `QuotaFailed`."""
        try:
            with _opened(self.mount) as descriptor:
                _kernel.set_limit(descriptor, project, size)
        except OSError as error:
            raise _failed(error, "set a project's limit", self.mount) from error

    def tagged(self, folder: Path) -> Reading[int]:
        """The project that what is made in `folder` belongs to; 0 is none."""
        try:
            with _opened(folder) as descriptor:
                tag = _kernel.get_tag(descriptor)
        except OSError as error:
            return missing(reason_of(error), f"{folder}: {error.strerror}")
        return known(tag.project if tag.inherit else 0)

    def tag(self, folder: Path, project: int) -> int:
        """Make `folder` and all below it count for `project`; how many were changed. Raises `QuotaFailed`.

        The folder itself comes last: an interrupted run is seen by it and repeated. Symlinks, sockets and
        devices are passed over, other file systems below too.
        """
        changed = 0
        place = folder
        try:
            # Opening it refuses a symlink, which its service could have put there to have other files
            # counted.
            with _opened(folder) as descriptor:
                device = os.fstat(descriptor).st_dev
            for place in _bottom_up(folder, device):
                changed += _tag_one(place, project)
        except OSError as error:
            raise _failed(error, f"make project {project} count", place) from error
        return changed


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _bottom_up(folder: Path, device: int) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        state = entry.lstat()
        if state.st_dev != device:
            continue
        if stat.S_ISDIR(state.st_mode):
            yield from _bottom_up(entry, device)
        elif stat.S_ISREG(state.st_mode):
            yield entry
    yield folder


def _tag_one(path: Path, project: int) -> int:
    try:
        with _opened(path) as descriptor:
            wanted = _kernel.Tag(project, inherit=stat.S_ISDIR(os.fstat(descriptor).st_mode))
            if _kernel.get_tag(descriptor) == wanted:
                return 0
            _kernel.set_tag(descriptor, wanted)
    except FileNotFoundError:
        # A message that was delivered meanwhile.
        return 0
    return 1


def enforcement(root: Path, mount: Path) -> Reading[Enforcement]:
    """Whether the file system mounted on `mount` holds project limits, from its mount options."""
    text = read_text(root, "proc/self/mountinfo", limit=1 << 20)
    if text.value is None:
        return missing(text.reason, text.detail)
    found = parse_enforcement(text.value, str(mount))
    return known(found) if found else missing(Reason.ABSENT, f"nothing is mounted on {mount}")


def parse_enforcement(mountinfo: str, mount: str) -> Enforcement | None:
    """From /proc/self/mountinfo; the last mount on a place hides the others. None without a mount."""
    found: Enforcement | None = None
    for line in mountinfo.splitlines():
        front, _, back = line.partition(" - ")
        words, options = front.split(" "), back.split(" ")
        if len(words) > 5 and words[4] == mount and len(options) >= 3:
            # XFS says pqnoenforce when it only counts.
            on = {"prjquota", "pquota"} & set(options[2].split(","))
            found = Enforcement.ENFORCED if on else Enforcement.OFF
    return found
