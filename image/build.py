"""Building an image, from the host's preconditions to the finished files.

Everything unfinished lies in the cache under a name of its own; what appears in the output directory is complete.
So the build can be killed at any point: the next one clears away what it left and begins again.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tarfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hwmgmt.models.catalogue import catalogue
from image import additions, host, manifest, python_tree, sources, stamp, tools_tree
from image.command import Runner
from image.keys import site
from image.sbom import collect as sbom
from image.sbom import python as python_packages
from image.sign import secure_boot
from mailward.errors import Failed
from mailward.progress import say, step
from mailward.version import Version

DEFINITIONS = Path(__file__).resolve().parent / "definitions"
PROJECT = DEFINITIONS.parent.parent

# Reproducible times in the image: no file is newer than this. Overridden by the environment (reproducible-builds.org).
SOURCE_DATE_EPOCH = "1767225600"  # 2026-01-01

# Partition and file system ids and the verity salt all grow from one seed, which the release's name decides.
SEED_NAMESPACE = uuid.UUID("c1f0a0bb-5d2e-5b0c-9f0e-0f6f6d61696c")


class NotACheckout(Failed):
    key = "image.checkout"
    sentence = "{project} is not a checkout of the project: it has no pyproject.toml"
    remedy = "Build from a checkout, with the environment that `make setup` makes in it"


@dataclass(frozen=True)
class Request:
    """What to build.

    model: a name of the catalogue, in any case. credentials: name -> content, put into /usr/lib/credstore of the image.
    fresh: ask the archives for newer packages instead of using the cached tree, and build whatever is there.
    keys: folder of the site's keys (`mailward keys init`); without it nothing is signed, and the
    appliance takes no upgrade. extra: trees laid over the root file system, last one on top.
    """

    model: str
    version: Version
    output: Path
    cache: Path
    mirror: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    keys: Path | None = None
    extra: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Built:
    """The files of a build. raw: whole disk. root, verity, uki: what a slot takes. manifest: packages and
    configuration, as JSON. spdx, cyclonedx: the bill of materials.
    """

    raw: Path
    root: Path
    verity: Path
    uki: Path
    manifest: Path
    spdx: Path
    cyclonedx: Path
    log: Path

    def all(self) -> list[Path]:
        return [self.raw, self.root, self.verity, self.uki, self.manifest, self.spdx, self.cyclonedx]


def build(request: Request) -> Built:
    """Build, and answer where the files are.

    Raises what `supported`, `site.load`, `additions`, `host.check`, `host.only_build`, `sources.from_host` and
    `Runner.run` raise, and `NotACheckout`.
    """
    request = supported(request)
    identity = site.load(request.keys).identity() if request.keys else ""
    release_keys = additions.release_keys(request.keys) if request.keys else {}
    added = [str(release_keys), *(additions.digest(tree) for tree in request.extra)]
    if not (PROJECT / "pyproject.toml").is_file():
        raise NotACheckout(project=PROJECT)
    origin = sources.from_host(request.mirror)
    cache = request.cache
    host.check(cache, request.output, cached=tools_tree.place(cache, origin).is_dir())
    with host.only_build(cache), step(f"Building Mailward {request.version} for {request.model}"):
        log = cache / "build.log"
        files = _files(request, log)
        digest = stamp.digest(
            PROJECT,
            [str(replace(request, fresh=False)), identity, *added, *origin.lines(), origin.apt_conf()],
        )
        if not request.fresh and stamp.is_current(request.output, files.all(), digest):
            say("Nothing has changed since the last build")
            return files
        log.unlink(missing_ok=True)
        runner = Runner(log)
        work = cache / "work"
        _clear(work)
        tools = tools_tree.ensure(cache, origin, runner)
        staged = work / "stage"
        wheels = python_tree.wheels(cache, PROJECT / "requirements/runtime.txt", runner)
        python_tree.stage(staged, wheels, PROJECT, runner)
        _stage_definitions(work / "definitions")
        _stage_credentials(staged, request.credentials)
        if request.keys:
            secure_boot.stage_enrolment(staged, request.keys)
        additions.stage_keys(staged, release_keys)
        stage_sources(work / "sandbox", sources.complete(origin, tools.sources_list()))
        with step("Assembling root file system, verity, kernel image and disk"):
            _mkosi(request, work, tools, runner)
        with step("Writing manifest and bill of materials"):
            _describe(request.version, work / "output", staged, wheels)
        with step("Putting the files in place"):
            _deliver(request.version, files, work / "output")
            stamp.write(request.output, files.all(), digest)
        host.remove(work)
        return files


def supported(request: Request) -> Request:
    """The request with the catalogue's name of its model (U5).

    The model decides the disk and the name of the file, and nothing in the root file system. Raises `UnknownModel`
    with what may have been meant, `UnsupportedModel` with why.
    """
    model = catalogue().get(request.model)
    model.need()
    return replace(request, model=model.name)


def _clear(work: Path) -> None:
    """Throw away what a killed build left; `work` exists afterwards and is empty."""
    host.remove(work)
    for name in ("stage", "output", "workspace", "sandbox"):
        (work / name).mkdir(parents=True)


def _stage_definitions(target: Path) -> None:
    """A copy with modes as git keeps them: a checkout under another umask must not make another image."""
    shutil.copytree(DEFINITIONS, target, symlinks=True)
    host.usual_modes(target)
    for sudoers in (target / "mkosi.extra/etc/sudoers.d").iterdir():
        sudoers.chmod(0o440)  # sudo ignores files that others may write, and says so loudly


def _stage_credentials(tree: Path, credentials: Mapping[str, str]) -> None:
    store = tree / "usr/lib/credstore"
    for name, content in credentials.items():
        store.mkdir(parents=True, exist_ok=True)
        (store / name).write_text(content)
        (store / name).chmod(0o600)


def stage_sources(sandbox: Path, origin: sources.Sources) -> None:
    """mkosi's own list has the debug archive too, which mirrors rarely carry."""
    apt = sandbox / "etc/apt"
    (apt / "sources.list.d").mkdir(parents=True)
    (apt / "sources.list.d/mkosi.sources").write_text(origin.deb822())
    (apt / "apt.conf.d").mkdir()
    (apt / "apt.conf.d/50host").write_text(origin.apt_conf())
    for name in ("auth.conf", "auth.conf.d"):
        secret = Path("/etc/apt") / name
        if secret.is_dir():
            shutil.copytree(secret, apt / name)
        elif secret.is_file():
            shutil.copy2(secret, apt / name)


def _mkosi(request: Request, work: Path, tools: tools_tree.ToolsTree, runner: Runner) -> None:
    cache = request.cache
    definitions = work / "definitions"
    for name in ("mkosi-cache", "packages"):
        (cache / name).mkdir(exist_ok=True)
    signing = secure_boot.signing_files(request.keys) if request.keys else []
    runner.run(
        [
            *tools.enter(
                writable=[cache], readable=[definitions, *signing, *request.extra], chdir=definitions
            ),
            "mkosi",
            "--force",
            *(["--force"] if request.fresh else []),  # the second one makes mkosi drop its cached trees
            f"--image-version={request.version}",
            "--incremental=yes",
            f"--source-date-epoch={epoch()}",
            f"--seed={seed(request.version)}",
            f"--cache-directory={cache / 'mkosi-cache'}",
            f"--package-cache-dir={cache / 'packages'}",
            f"--workspace-directory={work / 'workspace'}",
            f"--output-directory={work / 'output'}",
            f"--sandbox-tree={work / 'sandbox'}",
            f"--extra-tree={work / 'stage'}",
            *(f"--extra-tree={tree}" for tree in request.extra),
            *(secure_boot.mkosi_words(request.keys) if request.keys else ()),
            "build",
        ],
        package="bubblewrap",
    )


def epoch() -> int:
    """Seconds since 1970: the newest time in the image, and that of its bill of materials."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH))


def _describe(version: Version, made: Path, staged: Path, wheels: Path) -> None:
    """Bill of materials and manifest, from what mkosi's scripts left beside the images."""
    stem = f"mailward_{version}"
    digests = python_packages.hashes(python_tree.report_of(wheels).read_text())
    stock = sbom.inventory(str(version), epoch(), made, staged / python_tree.WHERE, digests)
    sbom.write(stock, made, stem)
    with tarfile.open(made / "root.configuration.tar") as archive:
        files = manifest.configuration(archive)
    sizes = {
        "root": manifest.erofs_bytes(made / f"{stem}.root.raw"),
        "verity": (made / f"{stem}.verity.raw").stat().st_size,
        "uki": (made / f"{stem}.efi").stat().st_size,
    }
    path = made / f"{stem}.manifest"
    manifest.write(path, manifest.complete(json.loads(path.read_text()), stock.components, files, sizes))


def seed(version: Version) -> uuid.UUID:
    """What systemd-repart makes its random numbers from: two builds of one release get the same."""
    return uuid.uuid5(SEED_NAMESPACE, f"mailward_{version}")


def _files(request: Request, log: Path) -> Built:
    """Where the files of this request will be."""
    stem = f"mailward_{request.version}"
    output = request.output
    return Built(
        raw=output / f"mailward-{request.model}-{request.version}.raw",
        root=output / f"{stem}.root.raw",
        verity=output / f"{stem}.verity.raw",
        uki=output / f"{stem}.efi",
        manifest=output / f"{stem}.manifest.json",
        spdx=output / f"{stem}.spdx.json",
        cyclonedx=output / f"{stem}.cdx.json",
        log=log,
    )


def _deliver(version: Version, files: Built, made: Path) -> None:
    """Move the finished files to the output folder, under a temporary name until they are there whole."""
    stem = f"mailward_{version}"
    names = {
        f"{stem}.raw": files.raw,
        f"{stem}.root.raw": files.root,
        f"{stem}.verity.raw": files.verity,
        f"{stem}.efi": files.uki,
        f"{stem}.manifest": files.manifest,
        f"{stem}.spdx.json": files.spdx,
        f"{stem}.cdx.json": files.cyclonedx,
    }
    for source, target in names.items():
        partial = target.with_name(f".{target.name}.partial")
        move(made / source, partial)
        partial.rename(target)


def move(source: Path, target: Path) -> None:
    """Rename, or, where the cache is on another file system, copy."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy_sparse(source, target)


def copy_sparse(source: Path, target: Path, *, block: int = 1 << 20) -> None:
    """Copy `source`, leaving holes where it has blocks of nothing but zeros."""
    zeros = bytes(block)
    with source.open("rb") as read, target.open("wb") as write:
        while chunk := read.read(block):
            if chunk == zeros[: len(chunk)]:
                write.seek(len(chunk), os.SEEK_CUR)
            else:
                write.write(chunk)
        write.truncate(read.tell())
        write.flush()
        os.fsync(write.fileno())
