"""What the wheels say of themselves (core metadata, PEP 566 and 639), and which files they came from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from image.sbom.inventory import Component, Kind
from image.sbom.licences import NO_ASSERTION, Expression, from_metadata, recognised

OURS = "mailward"


def canonical(name: str) -> str:
    """As the index writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def hashes(report: str) -> dict[str, str]:
    """Package -> SHA-256 of the file it was installed from, out of pip's installation report."""
    found = {}
    for item in json.loads(report)["install"]:
        digest = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if digest:
            found[canonical(item["metadata"]["name"])] = digest
    return found


def components(tree: Path, digests: Mapping[str, str], where: str = "root") -> list[Component]:
    """The packages whose metadata lies in `tree`, ours left out, by name."""
    found = []
    for folder in sorted(tree.glob("*.dist-info")):
        metadata = HeaderParser().parsestr((folder / "METADATA").read_text())
        name = canonical(metadata["Name"])
        if name == OURS:
            continue
        declared = from_metadata(
            metadata.get("License-Expression"), metadata.get("License"), metadata.get_all("Classifier") or []
        )
        concluded = declared if declared.text != NO_ASSERTION else _from_files(folder, metadata)
        found.append(
            Component(
                kind=Kind.PYTHON,
                name=name,
                version=metadata["Version"],
                where=(where,),
                declared=declared,
                concluded=concluded,
                homepage=_homepage(metadata),
                supplier=metadata.get("Author") or metadata.get("Author-email") or "",
                summary=metadata.get("Summary") or "",
                sha256=digests.get(name, ""),
            )
        )
    return found


def _from_files(folder: Path, metadata: Message) -> Expression:
    for name in metadata.get_all("License-File") or []:
        for path in (folder / "licenses" / name, folder / name):
            if path.is_file():
                found = recognised(path.read_text(errors="replace"))
                if found.text != NO_ASSERTION:
                    return found
    return Expression()


def _homepage(metadata: Message) -> str:
    if page := metadata.get("Home-page"):
        return str(page)
    for line in metadata.get_all("Project-URL") or []:
        label, _, address = str(line).partition(",")
        if label.strip().lower() in ("homepage", "source", "repository", "source code"):
            return address.strip()
    return ""
