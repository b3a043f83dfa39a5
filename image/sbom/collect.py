"""From what a build leaves behind to the inventory of the image, and to its two documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from image.sbom import cyclonedx, dpkg, python, spdx
from image.sbom.inventory import Component, Inventory

# suffix of the file -> who makes the document
FORMATS: dict[str, Callable[[Inventory], dict[str, Any]]] = {
    "spdx.json": spdx.document,
    "cdx.json": cyclonedx.document,
}


def inventory(version: str, epoch: int, made: Path, staged: Path, digests: dict[str, str]) -> Inventory:
    """made: the build's output folder, with `root.packages.tar` and `initrd.packages.tar` (`mkosi.postinst`).
    staged: the tree with our code and its wheels. digests: of the wheels. Raises what `dpkg.read` raises.
    """
    found = python.components(staged, digests)
    for where in ("root", "initrd"):
        found += dpkg.components(*dpkg.read(made / f"{where}.packages.tar"), where)
    return Inventory(version, epoch, merged(found))


def merged(components: Iterable[Component]) -> list[Component]:
    """Each package once, with all the places it is in; by kind, name, version and architecture."""
    found: dict[str, Component] = {}
    for component in components:
        known = found.get(component.purl)
        where = (*known.where, *component.where) if known else component.where
        found[component.purl] = replace(known or component, where=tuple(dict.fromkeys(where)))
    return sorted(found.values(), key=lambda item: (item.kind, item.name, item.version, item.architecture))


def write(stock: Inventory, folder: Path, stem: str) -> list[Path]:
    """Write a document in each format, `stem`.spdx.json and `stem`.cdx.json, into `folder`."""
    files = []
    for suffix, make in FORMATS.items():
        path = folder / f"{stem}.{suffix}"
        path.write_text(json.dumps(make(stock), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        files.append(path)
    return files
