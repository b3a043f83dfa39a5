"""SPDX 2.3 in JSON (ISO/IEC 5962). Same inventory, same bytes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from image.sbom.inventory import Component, Inventory
from image.sbom.licences import NO_ASSERTION

# Names in it are not to be fetched: SPDX only wants a URI that is nobody else's.
NAMESPACE = "https://mailward.example/spdx"
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9.-]+")
_URL = re.compile(r"(https?|ftp)://\S+")
IMAGE = "SPDXRef-image"


def timestamp(epoch: int) -> str:
    """UTC, as both formats want it: 2026-01-01T00:00:00Z."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _id(component: Component) -> str:
    words = (component.kind, component.name, component.architecture, component.version)
    # A plus or tilde would give two packages one id: what SPDX's ids cannot have is spelled out.
    spelled = "-".join(word for word in words if word).replace("+", "-plus-").replace("~", "-tilde-")
    return f"SPDXRef-{_NOT_IN_AN_ID.sub('-', spelled)}"


def _package(component: Component) -> dict[str, Any]:
    where = " and ".join(component.where)
    package: dict[str, Any] = {
        "SPDXID": _id(component),
        "name": component.name,
        "versionInfo": component.version,
        "downloadLocation": NO_ASSERTION,
        "filesAnalyzed": False,
        "licenseConcluded": component.concluded.text,
        "licenseDeclared": component.declared.text,
        "copyrightText": NO_ASSERTION,
        "comment": f"In the {where} file system.",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": component.purl,
            }
        ],
    }
    if component.source:
        name, version = component.source
        package["sourceInfo"] = f"built from source package: {name} {version}"
    if component.sha256:
        package["checksums"] = [{"algorithm": "SHA256", "checksumValue": component.sha256}]
    if component.remark:
        package["licenseComments"] = component.remark
    if component.summary:
        package["summary"] = component.summary
    if _URL.fullmatch(component.homepage):
        package["homepage"] = component.homepage
    if component.supplier:
        package["supplier"] = f"Organization: {component.supplier}"
    return package


def _relation(component: Component) -> dict[str, str]:
    return {
        "spdxElementId": IMAGE,
        "relationshipType": "CONTAINS",
        "relatedSpdxElement": _id(component),
    }


def document(inventory: Inventory) -> dict[str, Any]:
    """The document, made of dicts and lists."""
    texts: dict[str, str] = {}
    for component in inventory.components:
        for expression in (component.declared, component.concluded):
            texts |= expression.texts or {}
    name = f"mailward-{inventory.version}"
    described = [_package(component) for component in inventory.components]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"{NAMESPACE}/{name}-{identity(inventory)}",
        "creationInfo": {"created": timestamp(inventory.epoch), "creators": ["Tool: mailward-image-build"]},
        "packages": [_image(inventory), *described],
        "hasExtractedLicensingInfos": [_extracted(item) for item in sorted(texts.items())],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": IMAGE,
            },
            *map(_relation, inventory.components),
        ],
    }


def _image(inventory: Inventory) -> dict[str, Any]:
    return {
        "SPDXID": IMAGE,
        "name": "mailward",
        "versionInfo": inventory.version,
        "downloadLocation": NO_ASSERTION,
        "filesAnalyzed": False,
        "licenseConcluded": NO_ASSERTION,
        "licenseDeclared": "Apache-2.0",
        "licenseComments": "Mailward's own code; every package in the image has a licence of its own.",
        "copyrightText": NO_ASSERTION,
        "primaryPackagePurpose": "OPERATING-SYSTEM",
    }


def _extracted(item: tuple[str, str]) -> Mapping[str, str]:
    reference, text = item
    return {"licenseId": reference, "extractedText": text, "name": reference.removeprefix("LicenseRef-")}


def identity(inventory: Inventory) -> uuid.UUID:
    """Of this inventory: another version of one package, and it is another."""
    words = "\n".join(f"{item.purl} {' '.join(item.where)}" for item in inventory.components)
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}/{inventory.version}/{inventory.epoch}\n{words}")
