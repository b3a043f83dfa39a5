"""Where the medium is made: tools tree, package sources and a folder for unfinished work, from a build's request."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from image import build, host, sources, stamp, tools_tree
from image.build import Built, Request
from image.command import Runner
from image.installer import make
from image.sources import Sources

# What goes into the medium besides the image itself.
INPUTS = (
    "image",
    "hwmgmt/models",
    "hwmgmt/reading.py",
    "hwmgmt/size.py",
    "mailward/errors.py",
    "mailward/version.py",
)


@dataclass(frozen=True)
class Signing:
    """words: for ukify, so that it signs. files: which those words name."""

    words: Sequence[str] = ()
    files: Sequence[Path] = ()


@dataclass(frozen=True)
class Workshop:
    """serial: of the disk that the installer erases without asking; None if it asks."""

    request: Request
    built: Built
    signing: Signing = field(default_factory=Signing)
    serial: str | None = None

    def file_name(self) -> str:
        """A medium that does not ask says so in its name."""
        marked = "" if self.serial is None else "-" + re.sub(r"[^A-Za-z0-9.-]", "_", self.serial)
        return f"mailward-{self.request.version}-installer{marked}.iso"

    def inputs(self) -> list[str]:
        """What the medium depends on, apart from the image. Raises what `sources.from_host` raises."""
        origin = self._origin()
        words = [*origin.lines(), origin.apt_conf(), self._epoch(), str(self.serial), *self.signing.words]
        words += [file.read_bytes().hex() for file in self.signing.files]
        return [stamp.digest(build.PROJECT, words, inputs=INPUTS)]

    def make(self, target: Path) -> None:
        """Make the ISO at `target`. Raises what `host.only_build`, `tools_tree.ensure` and `make.make` raise."""
        cache, origin = self.request.cache, self._origin()
        with host.only_build(cache):
            runner = Runner(cache / "installer.log")
            runner.log_path.unlink(missing_ok=True)
            tools = tools_tree.ensure(cache, origin, runner)
            work = cache / "installer-work"
            host.remove(work)
            work.mkdir()
            build.stage_sources(work / "sandbox", sources.complete(origin, tools.sources_list()))
            source = make.Source(
                raw=self.built.raw,
                uki=self.built.uki,
                version=str(self.request.version),
                project=build.PROJECT,
                epoch=int(self._epoch()),
                fresh=self.request.fresh,
                sign_words=tuple(self.signing.words),
                sign_files=tuple(self.signing.files),
                serial=self.serial,
            )
            finished = make.make(source, cache, work, tools, runner)
            build.move(finished, target)
            host.remove(work)

    def _origin(self) -> Sources:
        return sources.from_host(self.request.mirror)

    def _epoch(self) -> str:
        return os.environ.get("SOURCE_DATE_EPOCH", build.SOURCE_DATE_EPOCH)
