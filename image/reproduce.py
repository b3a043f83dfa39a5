"""Is a build reproducible? Two of them from clean, as different people would make them, and compared.

What differs between the two: where checkout, cache and output lie, umask, time zone, locale, the time itself. What is
the same: the commit, and the package files already fetched, which stand for a snapshot of the archive.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from image import host
from image.build import PROJECT
from image.commands import DEFAULT_VERSION
from image.diff.locate import Place, first_difference
from image.host import remove
from mailward.errors import Failed
from mailward.output import json_option, print_json, print_table
from mailward.progress import step

# A checkout without what builds and tests leave in it.
_NOT_COPIED = ("__pycache__", ".*", "build", "out", "*.egg-info")
# All forms but VHDX, which has random identifiers.
FORMS = ("raw", "installer", "qcow2", "vmdk", "ova", "vagrant-box")


class BuildFailed(Failed):
    key = "image.reproduce"
    sentence = "the {name} build ended with status {status}:\n{tail}"
    remedy = "The whole output is in {log}"


@dataclass(frozen=True)
class Habit:
    """How somebody builds."""

    name: str
    umask: int
    environment: Mapping[str, str] = field(default_factory=dict)


HABITS = (
    Habit("first", 0o022, {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}),
    Habit("second-elsewhere", 0o077, {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "2"}),
)


@dataclass(frozen=True)
class Artifact:
    """sha256: of the first build's. place: where the second's differs, None if it does not."""

    name: str
    bytes: int
    sha256: str
    place: Place | None


@dataclass(frozen=True)
class Plan:
    """folder: where to build. packages: package files that may be used again. options: further ones for the build."""

    model: str
    version: str
    folder: Path
    packages: Path
    options: tuple[str, ...] = ()


def run(plan: Plan) -> list[Artifact]:
    """Build twice, and compare all that came out. Raises `BuildFailed`."""
    outputs = [_build(habit, plan) for habit in HABITS]
    with step("Comparing"):
        return compare(*outputs)


def _build(habit: Habit, plan: Plan) -> Path:
    folder = plan.folder / habit.name
    remove(folder)
    cache, output, checkout = folder / "cache", folder / "out", folder / "checkout"
    cache.mkdir(parents=True)
    if plan.packages.is_dir():
        shutil.copytree(plan.packages, cache / "packages", symlinks=True)
    shutil.copytree(PROJECT, checkout, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    _under(habit.umask, checkout)
    words = ["build", "--model", plan.model, "--version", plan.version, "--format", ",".join(FORMS)]
    words += ["--cache-dir", str(cache), "--output", str(output), *plan.options]
    with step(f"Building: {habit.name}, umask {habit.umask:03o}"):
        _mailward(habit, words, checkout, folder / "build.log")
    remove(cache)
    return output


def _mailward(habit: Habit, call: list[str], checkout: Path, log: Path) -> None:
    words = [sys.executable, "-m", "mailward", "image", *call]
    environment = {**os.environ, **habit.environment}
    with log.open("a") as output:
        status = subprocess.call(
            words, cwd=checkout, stdout=output, stderr=output, env=environment, umask=habit.umask
        )
    if status:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise BuildFailed(name=habit.name, status=status, tail=tail, log=log)


def _under(umask: int, tree: Path) -> None:
    """Modes as a checkout under this umask has them."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o777 & ~umask)


def compare(one: Path, other: Path) -> list[Artifact]:
    """Every file of either folder, by its path; hidden ones are the build's own notes."""
    found = []
    for name in sorted({name for folder in (one, other) for name in _files(folder)}):
        left, right = one / name, other / name
        if not (left.is_file() and right.is_file()):
            missing = right if left.is_file() else left
            found.append(Artifact(name, 0, "", Place(0, f"{missing} is not there", 0)))
            continue
        with left.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.append(Artifact(name, left.stat().st_size, digest, first_difference(left, right)))
    return found


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield str(relative)


@click.command()
@click.option("--model", default="C100V", show_default=True, help="Model the images are for.")
@click.option("--version", default=DEFAULT_VERSION, show_default=True, help="Release version.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("out/reproduce"),
    show_default=True,
    help="Where to build.",
)
@click.option(
    "--cache-dir", type=click.Path(path_type=Path), help="Cache whose package files may be used again."
)
@click.option("--keep", is_flag=True, help="Keep both builds even if they are the same.")
@click.argument("build_options", nargs=-1)
@json_option
def reproduce(
    model: str,
    version: str,
    folder: Path,
    cache_dir: Path | None,
    keep: bool,
    build_options: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build twice from clean, as two people would, and compare byte by byte.

    Everything is compared: disk, root, verity data, kernel image, manifest, bill of materials, installer, qcow2, VMDK,
    OVA and Vagrant box. Of a file that differs, the first place is named. BUILD_OPTIONS behind -- go to both builds;
    paths in them must be absolute. The exit status is 1 if anything differs. Takes twice as long as a build from clean,
    and 8 GiB.

    \b
    Examples:
      mailward image reproduce
      mailward image reproduce --keep --folder /srv/twice -- --mirror URL
    """
    folder = folder.resolve()
    packages = (cache_dir or host.default_cache()) / "packages"
    artifacts = run(Plan(model, version, folder, packages, build_options))
    differing = [item for item in artifacts if item.place]
    if as_json:
        print_json(artifacts)
    else:
        _show(artifacts)
    if not differing and not keep:
        remove(folder)
    sys.exit(1 if differing else 0)


def _show(artifacts: list[Artifact]) -> None:
    print_table(
        ("file", "bytes", "SHA-256 of the first", "the second"),
        [
            (item.name, f"{item.bytes:,}", item.sha256[:16], "differs" if item.place else "is the same")
            for item in artifacts
        ],
    )
    differing = [(item.name, item.place) for item in artifacts if item.place]
    for name, place in differing:
        click.echo(f"{name}: {place.differing:,} bytes differ, the first at {place.where}")
    if not differing:
        click.echo(f"Reproducible: {len(artifacts)} files, the same bytes in both builds.")
