"""The archive with Python and the installer's code that stands behind the appliance's own initrd."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from image import host
from image.command import Runner
from image.tools_tree import ToolsTree
from mailward.progress import step

DEFINITIONS = Path(__file__).resolve().parent / "definitions"
WHERE = Path("usr/lib/mailward")
NAME = "installer.cpio.zst"

# What runs on the medium: our own code, and of it only what needs nothing but Python.
CODE = (
    "mailward/__init__.py",
    "mailward/errors.py",
    "mailward/version.py",
    "hwmgmt/__init__.py",
    "hwmgmt/reading.py",
    "hwmgmt/size.py",
    "hwmgmt/models",
    "image/__init__.py",
    "image/limit.py",
    "image/installer/__init__.py",
    "image/installer/chunks.py",
    "image/installer/gpt.py",
    "image/installer/manifest.py",
    "image/installer/live",
)


def code(project: Path) -> Iterator[Path]:
    """The files of `CODE`, relative to `project`."""
    for name in CODE:
        top = project / name
        found = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in found:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(project)


def stage_code(project: Path, tree: Path) -> None:
    """Lay the code below `tree`/usr/lib/mailward, with modes as git keeps them."""
    for name in code(project):
        target = tree / WHERE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / name, target)
        target.chmod(0o644)


def place(cache: Path, project: Path, words: Sequence[str]) -> Path:
    """Where the archive made of this code, these definitions and `words` is, or will be."""
    total = hashlib.sha256("\n".join(words).encode())
    definitions = (path.relative_to(project) for path in sorted(DEFINITIONS.rglob("*")) if not path.is_dir())
    for name in [*code(project), *definitions]:
        path = project / name
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        total.update(f"\0{name}\0{path.lstat().st_mode & 0o111:o}\0{len(content)}\0".encode() + content)
    return cache / f"installer-{total.hexdigest()[:16]}.cpio.zst"


def stage_definitions(target: Path) -> None:
    shutil.copytree(DEFINITIONS, target, symlinks=True)
    host.usual_modes(target)


def mkosi(cache: Path, work: Path, tools: ToolsTree, epoch: str, *, fresh: bool) -> list[str]:
    """Words that make work/output/installer.cpio.zst."""
    definitions = work / "definitions"
    return [
        *tools.enter(writable=[cache], readable=[definitions], chdir=definitions),
        "mkosi",
        "--force",
        *(["--force"] if fresh else []),
        "--incremental=yes",
        f"--source-date-epoch={epoch}",
        f"--cache-directory={cache / 'mkosi-cache'}",
        f"--package-cache-dir={cache / 'packages'}",
        f"--workspace-directory={work / 'workspace'}",
        f"--output-directory={work / 'output'}",
        f"--sandbox-tree={work / 'sandbox'}",
        f"--extra-tree={work / 'stage'}",
        "build",
    ]


def ensure(
    final: Path, project: Path, work: Path, tools: ToolsTree, epoch: str, runner: Runner, *, fresh: bool
) -> Path:
    """The archive at `final`, made if it is not there. `work` has the package sources below `sandbox`."""
    if final.is_file() and not fresh:
        return final
    cache = final.parent
    for name in ("stage", "output", "workspace"):
        (work / name).mkdir()
    stage_definitions(work / "definitions")
    stage_code(project, work / "stage")
    (cache / "mkosi-cache").mkdir(exist_ok=True)
    with step("Making the installer's own system"):
        runner.run(mkosi(cache, work, tools, epoch, fresh=fresh), package="bubblewrap")
        for other in cache.glob("installer-*.cpio.zst"):
            host.remove(other)
        (work / "output" / NAME).rename(final)
    return final
