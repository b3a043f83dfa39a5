"""What is in an image, as far as releases are compared: packages, configuration files, sizes.

From a manifest, from a bill of materials (which knows packages only), or from a disk or root image itself.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packageurl import PackageURL

from image import manifest
from image.command import Runner
from image.diff import disk
from image.sbom import dpkg, python
from mailward.errors import BadInput

# Where configuration lies in an unpacked root; mkosi.finalize.chroot has the same list.
CONFIGURATION = (
    "etc",
    "usr/lib/systemd",
    *(f"usr/lib/{name}" for name in ("modprobe.d", "repart.d", "sysctl.d", "sysusers.d", "tmpfiles.d")),
    "usr/lib/udev/rules.d",
    "usr/libexec/mailward",
    "usr/share/mailward",
)
TREE = "usr/lib/mailward"
_MAX_TEXT = 1 << 18


class NotComparable(BadInput):
    key = "image.diff.input"
    sentence = "{file} cannot be compared: {problem}"
    remedy = "Give a folder with one release, a .manifest.json, an .spdx.json, a .cdx.json, or a .raw image"


@dataclass(frozen=True)
class Contents:
    """packages: (type, name) -> version. configuration: path -> digest or link; None if the source does not tell.

    sizes: part -> bytes. texts: path -> content, where the files themselves were there to read; never of passwords.
    """

    name: str
    packages: Mapping[tuple[str, str], str]
    configuration: Mapping[str, str] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def kernel(self) -> str:
        """The kernel's release: what comes behind `linux-image-` in the name of its package; empty if unknown."""
        names = (
            name.removeprefix("linux-image-") for _, name in self.packages if name.startswith("linux-image-")
        )
        return next((name for name in sorted(names) if name[:1].isdigit()), "")


def read(path: Path, runner: Runner) -> Contents:
    """Raises `NotComparable`; for images also what `disk.root_of` and `Runner.run` raise."""
    try:
        if path.is_dir():
            return _of_document(_only_manifest(path))
        with path.open("rb") as file:
            is_document = file.read(1) == b"{"
    except OSError as error:
        raise NotComparable(file=path, problem=error.strerror) from error
    return _of_document(path) if is_document else _of_image(path, runner)


def _only_manifest(folder: Path) -> Path:
    found = sorted(folder.glob("*.manifest.json"))
    if len(found) != 1:
        raise NotComparable(file=folder, problem=f"it has {len(found) or 'no'} files *.manifest.json")
    return found[0]


def _of_document(path: Path) -> Contents:
    try:
        document = json.loads(path.read_bytes())
        for mark, reader in _READERS.items():
            if mark in document:
                return reader(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotComparable(file=path, problem=f"it cannot be read: {error!r}") from error
    raise NotComparable(file=path, problem="it is neither a manifest nor a bill of materials")


def _of_manifest(document: dict[str, Any]) -> Contents:
    return Contents(
        document["config"]["version"],
        _by_name((item["type"], item["name"], item["version"]) for item in document["packages"]),
        document.get("configuration"),
        document.get("sizes", {}),
    )


def _of_spdx(document: dict[str, Any]) -> Contents:
    locators = (
        reference["referenceLocator"]
        for package in document["packages"]
        for reference in package.get("externalRefs", [])
        if reference["referenceType"] == "purl"
    )
    return Contents(document["name"].removeprefix("mailward-"), _of_purls(locators))


def _of_cyclonedx(document: dict[str, Any]) -> Contents:
    version = document["metadata"]["component"]["version"]
    return Contents(version, _of_purls(item["purl"] for item in document["components"]))


def _of_purls(purls: Iterable[str]) -> dict[tuple[str, str], str]:
    parsed = map(PackageURL.from_string, purls)
    return _by_name((purl.type, purl.name, purl.version or "") for purl in parsed)


def _by_name(packages: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """(type, name) -> version; all of them where root and initrd have different ones."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for kind, name, version in packages:
        found.setdefault((kind, name), {})[version] = None
    return {key: ", ".join(sorted(versions)) for key, versions in found.items()}


# What only this kind of document has at its top -> its reader.
_READERS = {"manifest_version": _of_manifest, "spdxVersion": _of_spdx, "bomFormat": _of_cyclonedx}


def _of_image(path: Path, runner: Runner) -> Contents:
    with tempfile.TemporaryDirectory(prefix="mailward-diff-") as temporary:
        root, name = disk.root_of(path, Path(temporary))
        tree = Path(temporary) / "tree"
        runner.run(["fsck.erofs", f"--extract={tree}", root], package="erofs-utils")
        return of_tree(tree, name or path.name, {"root": manifest.erofs_bytes(root)})


def of_tree(tree: Path, name: str, sizes: Mapping[str, int]) -> Contents:
    """The contents of an unpacked root. Raises `NotComparable` if it has no list of packages."""
    try:
        status = (tree / dpkg.STATUS).read_text()
    except OSError as error:
        raise NotComparable(file=name, problem=f"it has no {dpkg.STATUS}") from error
    found = [*dpkg.components(status, {}, "root"), *python.components(tree / TREE, {})]
    digests: dict[str, str] = {}
    texts: dict[str, str] = {}
    for top in CONFIGURATION:
        for file in sorted((tree / top).rglob("*")):
            path = str(file.relative_to(tree))
            if file.is_symlink():
                if manifest.is_configuration(path, b""):
                    digests[path] = f"-> {file.readlink()}"
            elif file.is_file() and manifest.is_configuration(path, content := file.read_bytes()):
                digests[path] = f"sha256:{hashlib.sha256(content).hexdigest()}"
                if len(content) <= _MAX_TEXT and b"\0" not in content and not path.endswith("shadow"):
                    texts[path] = content.decode("utf-8", "replace")
    packages = _by_name((item.kind.value, item.name, item.version) for item in found)
    return Contents(name, packages, digests, sizes, texts)
