"""What the build asks of its host: root, space, a few programs, and to be the only build in its cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from image.command import CommandMissing
from mailward.errors import Failed, Rejected

# program -> Debian package. Everything else the build needs comes with the tools tree.
PROGRAMS = {"mmdebstrap": "mmdebstrap", "bwrap": "bubblewrap"}

GIB = 1 << 30
CACHE_BYTES = 6 * GIB  # tools tree 1.5, package caches 1, mkosi's image caches 2, work space 1.5
OUTPUT_BYTES = 1 * GIB


class NeedsRoot(Rejected):
    key = "image.root"
    sentence = "building an image needs root: it makes files owned by other users, and mounts"
    remedy = "Run the same command with sudo"


class NoSpace(Rejected):
    key = "image.disk-space"
    sentence = "{place} has {free} free, the build needs {need}"
    remedy = "Free some space there, or choose another place with {option}"


class Busy(Rejected):
    key = "image.busy"
    sentence = "another build is using {cache}"
    remedy = "Wait for it, or give this one a cache of its own with --cache-dir"


class NotWritable(Failed):
    key = "image.not-writable"
    sentence = "cannot write to {place}: {reason}"
    remedy = "Choose another place with {option}"


def human(size: int) -> str:
    """Bytes as a person reads them: 512 MiB, 1.4 GiB."""
    return f"{size / GIB:.1f} GiB" if size >= GIB else f"{size / (1 << 20):.0f} MiB"


def default_cache() -> Path:
    """Root's is shared by all checkouts on the machine."""
    if os.geteuid() == 0:
        return Path("/var/cache/mailward-build")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mailward-build"


def check(cache: Path, output: Path, *, cached: bool) -> None:
    """Raise `NeedsRoot`, `CommandMissing`, `NotWritable` or `NoSpace`, before anything is begun.

    cached: the tools tree is there already, so that less space is needed.
    """
    if os.geteuid() != 0:
        raise NeedsRoot()
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            raise CommandMissing(program=program, package=package)
    needs = {
        cache: ((CACHE_BYTES // 2 if cached else CACHE_BYTES), "--cache-dir"),
        output: (OUTPUT_BYTES, "--output"),
    }
    for place, (need, option) in needs.items():
        try:
            place.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(place).free
        except OSError as error:
            raise NotWritable(place=place, reason=error.strerror, option=option) from error
        if free < need:
            raise NoSpace(place=place, free=human(free), need=human(need), option=option)


@contextmanager
def only_build(cache: Path) -> Iterator[None]:
    """Hold the cache for this process; the kernel lets go of it however the process ends. Raises `Busy`."""
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(cache=cache) from error
        yield


def replace(partial: Path, final: Path) -> None:
    """Put a finished directory or file in place; what was there goes."""
    old = final.with_name(final.name + ".old")
    remove(old)
    if final.exists():
        final.rename(old)
    partial.rename(final)
    remove(old)


def remove(path: Path) -> None:
    """A tree, a file or nothing: gone afterwards."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def usual_modes(tree: Path) -> None:
    """Modes as git keeps them, whatever umask the tree was made under: 0755 for what runs and folders, else 0644."""
    for path in [tree, *tree.rglob("*")]:
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)
