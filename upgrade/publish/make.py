"""Making a release of what `mailward image build` left in its output folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mailward.errors import BadInput, Failed, Rejected
from mailward.progress import step
from mailward.version import Version
from upgrade.catalogue.document import Signer, dump_release
from upgrade.catalogue.release import Release
from upgrade.publish import layout, sums
from upgrade.slots import uki, verity

BLOCK = 4 << 20

# Beside the slot's files, where the build made them: bills of materials and the list of packages.
EXTRAS = ("manifest.json", "spdx.json", "cdx.json", "cyclonedx.json")


class NotBuilt(BadInput):
    key = "upgrade.release.not-built"
    sentence = "{folder} has no {name}"
    remedy = "Build it first: mailward image build --version {version} --output {folder}"


class Exists(Rejected):
    key = "upgrade.release.exists"
    sentence = "{folder} is there already"
    remedy = "A release that was published never changes: give it another build number, or remove the folder"


class CannotMake(Failed):
    key = "upgrade.release.make"
    sentence = "the release cannot be made: {problem}"
    remedy = "{advice}"


def make(built: Path, release: Release, signer: Signer, target: Path) -> Path:
    """Compress, list and sign; the folder appears whole, as ``target/VERSION``, or not at all.

    Raises `NotBuilt`, `Exists`, `CannotMake`, and `BadKernelImage` if the kernel image is not one of ours.
    """
    version = release.id
    final = target / str(version)
    if final.exists():
        raise Exists(folder=final)
    stem = f"mailward_{version}"
    sources = {part: built / f"{stem}.{part}.raw" for part in ("root", "verity")}
    kernel = built / layout.uki_name(version)
    for file in (*sources.values(), kernel):
        if not file.is_file():
            raise NotBuilt(folder=built, name=file.name, version=version)
    partial = target / f".{version}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        root_hash = uki.root_hash(kernel.read_bytes(), kernel)
        tree = _tree(sources["verity"], root_hash)
        root_uuid, verity_uuid = layout.partition_uuids(root_hash)
        for part, uuid, size in (
            ("root", root_uuid, tree.data_bytes),
            ("verity", verity_uuid, tree.tree_bytes),
        ):
            with step(f"Compressing {sources[part].name}"):
                compress(sources[part], size, partial / layout.image_name(version, part, uuid))
        shutil.copyfile(kernel, partial / kernel.name)
        for suffix in EXTRAS:
            if (extra := built / f"{stem}.{suffix}").is_file():
                shutil.copyfile(extra, partial / extra.name)
        (partial / layout.DOCUMENT).write_bytes(dump_release(release))
        with step("Signing"):
            sign(partial, signer)
        partial.rename(final)
    except OSError as error:
        raise CannotMake(
            problem=error.strerror or str(error), advice=f"Check room and rights of {target}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def sign(folder: Path, signer: Signer) -> None:
    """Write the list of the files and the signatures, over whatever was there of them."""
    document = folder / layout.DOCUMENT
    (folder / (layout.DOCUMENT + sums.SIGNATURE)).write_bytes(signer.sign(document.read_bytes()))
    own = {sums.SUMS, sums.SUMS + sums.SIGNATURE}
    listed = {path.name: sums.of_file(path) for path in folder.iterdir() if path.name not in own}
    content = sums.dump(listed)
    (folder / sums.SUMS).write_bytes(content)
    (folder / (sums.SUMS + sums.SIGNATURE)).write_bytes(signer.sign(content))


def _tree(file: Path, root_hash: str) -> verity.Tree:
    with file.open("rb") as opened:
        return verity.read(lambda at, size: os.pread(opened.fileno(), size, at), root_hash, file)


def compress(source: Path, size: int, target: Path) -> None:
    """The first `size` bytes, with a checksum. One thread, so that the same input gives the same bytes.

    What a slot has behind the file system is not read and not covered by the hash tree, so it need not travel.
    """
    if source.stat().st_size < size:
        raise CannotMake(problem=f"{source.name} is cut off", advice="Build the image again")
    words = [
        "zstd",
        "-q",
        "-10",
        "--single-thread",
        "--check",
        f"--stream-size={size}",
        "-o",
        os.fspath(target),
    ]
    with source.open("rb") as file:
        run(words, (file.read(min(BLOCK, size - at)) for at in range(0, size, BLOCK)))


def run(words: Sequence[str], content: Iterable[bytes]) -> None:
    """Run a program on `content`. Raises `CannotMake` with its last words."""
    try:
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError as error:
        raise CannotMake(
            problem=f"{words[0]} is not installed", advice=f"Install it: apt-get install {words[0]}"
        ) from error
    with child:
        assert child.stdin and child.stderr
        with contextlib.suppress(BrokenPipeError):  # it ended early, and says why below
            for block in content:
                child.stdin.write(block)
            child.stdin.close()
        said = child.stderr.read().decode(errors="replace").strip().splitlines()
    if child.returncode:
        last = said[-1] if said else f"status {child.returncode}"
        raise CannotMake(problem=f"{words[0]}: {last}", advice="Check room and rights of the folders")


def for_version(version: Version, releases: Mapping[Version, Release]) -> Release:
    """The catalogue's document of `version`. Raises `CannotMake`."""
    if release := releases.get(version):
        return release
    raise CannotMake(
        problem=f"the catalogue says nothing about {version}",
        advice="Name the release's own document with --document, in TOML as in upgrade/catalogue/data/releases",
    )
