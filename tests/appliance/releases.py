"""Releases to upgrade to, built and signed by keys of this run's, and offered by HTTP."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from image.qemu import trial

OLD, NEW = "14.2.3-027", "14.2.3-031"
BUILD_SECONDS = 900

# What makes a release unfit: a service that fails whenever it is booted.
UNFIT = """[Unit]
Description=A service that fails

[Service]
Type=oneshot
ExecStart=/bin/false
"""


@dataclass(frozen=True)
class Published:
    """`images`: the folder of the builds. `releases`: a folder to offer. Kept below out/: unchanged code is not built
    again.
    """

    images: Path
    releases: Path

    @property
    def old(self) -> Path:
        return self.images / OLD / f"mailward-C100V-{OLD}.raw"


def publish(top: Path) -> Published:
    """Both releases, sound."""
    for version in (OLD, NEW):
        _build(top, version, top / version)
    return Published(top, _release(top, top / "www", {OLD: top / OLD, NEW: top / NEW}))


def publish_unfit(top: Path) -> Published:
    """The new release with a service in it that fails; the old one as it is."""
    units = top / "unfit/usr/lib/systemd/system"
    wants = units / "multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (units / "mailward-unfit.service").write_text(UNFIT)
    link = wants / "mailward-unfit.service"
    link.unlink(missing_ok=True)
    link.symlink_to("../mailward-unfit.service")
    _build(top, NEW, top / "unfit-build", "--extra-tree", top / "unfit")
    return Published(top, _release(top, top / "www-unfit", {NEW: top / "unfit-build"}))


def _build(top: Path, version: str, output: Path, *more: object) -> None:
    keys = top / "keys"
    if not (keys / "release.pub").is_file():
        _mailward("keys", "init", keys)
    cache = os.environ.get("MAILWARD_CACHE")
    words = ["image", "build", "--version", version, "--keys", keys, "--output", output, *more]
    _mailward(*words, *(["--cache-dir", cache] if cache else []))


def _release(top: Path, folder: Path, builds: dict[str, Path]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for version, build in builds.items():
        words: Sequence[object] = ["release", "make", "--from", build, "--version", version]
        _mailward(*words, "--keys", top / "keys", "--output", folder)
    return folder


def _mailward(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "mailward", *map(str, words)], check=True, timeout=BUILD_SECONDS)


@contextmanager
def offered(folder: Path) -> Iterator[str]:
    """A folder by HTTP; the URL as the guest sees it."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{trial.HOST_SEEN_BY_GUEST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
