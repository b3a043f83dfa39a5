"""What a site adds to its image: the public keys that may sign releases for it, and trees of its own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from image import stamp
from image.python_tree import WHERE
from mailward.errors import BadInput

RELEASE_KEYS = WHERE / "release-keys"


class NoReleaseKey(BadInput):
    key = "image.no-release-key"
    sentence = "{folder} has no release key: {reason}"
    remedy = "Name the folder that `mailward keys init` made: it has release.pub"


class NoTree(BadInput):
    key = "image.no-tree"
    sentence = "{tree} is not a folder"
    remedy = "Name the folder whose content belongs at / of the appliance"


def release_keys(folder: Path) -> dict[str, str]:
    """Name -> PEM of every `release*.pub`; several while a site changes its key. Raises `NoReleaseKey`."""
    try:
        found = {path.name: path.read_text() for path in sorted(folder.glob("release*.pub"))}
    except (OSError, UnicodeDecodeError) as error:
        raise NoReleaseKey(folder=folder, reason=str(error)) from error
    if not found:
        raise NoReleaseKey(folder=folder, reason="there is no release.pub")
    for name, text in found.items():
        if "BEGIN PUBLIC KEY" not in text or "PRIVATE" in text:
            raise NoReleaseKey(folder=folder, reason=f"{name} is not a public key in PEM")
    return found


def stage_keys(tree: Path, keys: Mapping[str, str]) -> None:
    """Where `upgrade` looks for them on the appliance, below the root at `tree`."""
    target = tree / RELEASE_KEYS
    for name, text in keys.items():
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text)
        (target / name).chmod(0o644)


def digest(tree: Path) -> str:
    """Over names, modes and contents of a tree, for `image.stamp`. Raises `NoTree`."""
    if not tree.is_dir():
        raise NoTree(tree=tree)
    return stamp.digest(tree, (), inputs=(".",))
