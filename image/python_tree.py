"""Our code and its locked wheels, as they lie under /usr/lib/mailward in the image."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import sys
from pathlib import Path

from image.command import Runner
from image.host import remove, replace, usual_modes
from mailward.errors import Failed
from mailward.progress import step

PYTHON = "3.13"  # Debian 13's
_ABI = "cp" + PYTHON.replace(".", "")
# Newest first: pip takes the first tag that a wheel has.
PLATFORMS = (
    "manylinux_2_34_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)

WHERE = Path("usr/lib/mailward")
# Of other people's packages: their tests, some of which bring keys that the whole world knows.
TESTS = ("test", "tests")
# The image builder has no business on an appliance.
LEFT_OUT = ("image",)


class ForeignCode(Failed):
    key = "image.foreign-code"
    sentence = "{files} were built for another Python than the image's " + PYTHON
    remedy = "Lock a version that has wheels for it: see requirements/runtime.txt"


def wheels(cache: Path, lock: Path, runner: Runner) -> Path:
    """The locked wheels, unpacked; made once per content of `lock`. Every file is checked against its hash."""
    digest = hashlib.sha256(lock.read_bytes() + "".join([_ABI, *PLATFORMS]).encode()).hexdigest()[:16]
    final = cache / f"wheels-{digest}"
    if final.is_dir() and report_of(final).is_file():
        return final
    with step("Fetching the locked Python packages"):
        cache.mkdir(
            parents=True, exist_ok=True
        )  # pip makes the folder of its target, and not that of its report
        partial, report = cache / "wheels.partial", cache / "wheels.partial.json"
        remove(partial)
        # --no-deps: the lock is complete, and pip would judge the markers by the host's Python.
        runner.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-compile",
                "--no-deps",
                "--require-hashes",
            ]
            + ["--no-build-isolation", "--disable-pip-version-check", "--root-user-action=ignore"]
            + ["--implementation=cp", f"--python-version={PYTHON}"]
            + [f"--abi={abi}" for abi in (_ABI, "abi3", "none")]
            + [f"--platform={platform}" for platform in PLATFORMS]
            + ["--target", os.fspath(partial), "--requirement", os.fspath(lock)]
            + ["--report", os.fspath(report)]
        )
        foreign = [
            path.name
            for path in partial.rglob("*.so")
            if ".cpython-" in path.name and _tag() not in path.name
        ]
        if foreign:
            raise ForeignCode(files=", ".join(foreign))
        remove(partial / "bin")
        for other in cache.glob("wheels-*"):
            remove(other)
        replace(report, report_of(final))
        replace(partial, final)
    return final


def report_of(wheels_dir: Path) -> Path:
    """pip's report on how the wheels got there: which file each came from, with its hash."""
    return wheels_dir.with_name(f"{wheels_dir.name}.json")


def _tag() -> str:
    return f".cpython-{PYTHON.replace('.', '')}-"


def stage(tree: Path, wheels_dir: Path, project: Path, runner: Runner) -> None:
    """Lay our code over the wheels in `tree`/usr/lib/mailward, entry points included.

    The floors are installed from the checkout at `project`, not from what happens to be installed on the host.
    """
    with step("Staging our code and its packages"):
        target = tree / WHERE
        remove(tree)
        target.parent.mkdir(parents=True)
        shutil.copytree(wheels_dir, target, symlinks=True, ignore=shutil.ignore_patterns(*TESTS))
        # From a copy: setuptools writes build/ and egg-info beside what it builds.
        source = tree.with_name(tree.name + ".source")
        remove(source)
        ignored = shutil.ignore_patterns("__pycache__", ".*", "build", "out", "tests", "*.egg-info", "*.key")
        shutil.copytree(project, source, ignore=ignored)
        runner.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--no-index"]
            + ["--no-build-isolation", "--disable-pip-version-check", "--root-user-action=ignore"]
            + ["--target", os.fspath(target), "--upgrade", os.fspath(source)]
        )
        remove(source)
        remove(target / "bin")
        for floor in LEFT_OUT:
            remove(target / floor)
        for installed in target.glob("*.dist-info"):
            remove(installed / "direct_url.json")  # where on the build host our code lay
            keep_to_what_is_there(installed / "RECORD")
        usual_modes(tree)


def keep_to_what_is_there(record: Path) -> None:
    """Take what was removed out of a list of installed files, in which pip hashed this host's paths as well."""
    lines = record.read_text().splitlines(keepends=True)
    there = [line for line in lines if (record.parent.parent / next(csv.reader([line]))[0]).exists()]
    record.write_text("".join(there))
