"""The medium, from a built image to a finished ISO."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from image import host
from image.command import Runner
from image.installer import iso, manifest, payload, pe, tree
from image.tools_tree import ToolsTree
from mailward.progress import step

SECTIONS = (".linux", ".initrd", ".osrel", ".uname")


@dataclass(frozen=True)
class Source:
    """raw, uki: of one build, of `version`. project: the checkout. epoch: the time in all files, in seconds.

    sign_words: for ukify, so that it signs the kernel image; sign_files: what they name. serial: of the disk to install
    on without asking.
    """

    raw: Path
    uki: Path
    version: str
    project: Path
    epoch: int
    fresh: bool = False
    sign_words: tuple[str, ...] = ()
    sign_files: tuple[Path, ...] = ()
    serial: str | None = None


def make(source: Source, cache: Path, work: Path, tools: ToolsTree, runner: Runner) -> Path:
    """Make the ISO in `work`, which has the package sources below `sandbox`; answer where it is.

    Raises `BadUki`, `BadTable`, and what `Runner.run` raises.
    """
    words = [tools.sources_list(), str(source.epoch)]
    own = tree.ensure(
        tree.place(cache, source.project, words),
        source.project, work, tools, str(source.epoch), runner, fresh=source.fresh,
    )  # fmt: skip
    medium = work / "medium"
    with step("Compressing the partitions of the image"):

        def enter(folder: Path) -> list[str]:
            return tools.enter(writable=[folder], chdir=folder)

        listed = payload.write(source.raw, medium / manifest.FOLDER, source.version, runner, enter)
    with step("Making the kernel image and the medium of the installer"):
        return _assemble(source, listed, own, work, tools, runner)


def _assemble(
    source: Source, listed: manifest.Manifest, own: Path, work: Path, tools: ToolsTree, runner: Runner
) -> Path:
    parts = work / "uki"
    parts.mkdir()
    kernel = pe.need(source.uki.read_bytes(), SECTIONS, name=source.uki)
    for name in (".linux", ".initrd", ".osrel"):
        (parts / name.removeprefix(".")).write_bytes(kernel[name])
    os.link(own, parts / tree.NAME)
    line = iso.command_line(manifest.fingerprint(listed.to_bytes()), source.serial)
    inside = tools.enter(writable=[work], readable=source.sign_files, chdir=work)
    epoch = ["--setenv", "SOURCE_DATE_EPOCH", str(source.epoch)]
    release = kernel[".uname"].decode().strip()
    runner.run(
        [*inside, *epoch, *iso.ukify(parts, line, release)] + list(source.sign_words),
        package="bubblewrap",
    )
    made = parts / iso.BOOT_FILE
    os.utime(made, (source.epoch, source.epoch))
    fat = work / "esp.img"
    with fat.open("wb") as file:
        file.truncate(iso.fat_bytes(made.stat().st_size))
    for words in [iso.make_fat(fat), *iso.fill_fat(fat, parts)]:
        runner.run([*inside, *epoch, *words], package="bubblewrap")
    target = work / "medium.iso"
    runner.run([*inside, *iso.xorriso(work / "medium", fat, target, source.epoch)], package="bubblewrap")
    host.remove(work / "medium")
    return target
