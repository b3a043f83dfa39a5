"""CycloneDX 1.6 in JSON (ECMA-424). Same inventory, same bytes."""

from __future__ import annotations

from typing import Any

from image.sbom.inventory import Component, Inventory, Kind
from image.sbom.licences import NO_ASSERTION
from image.sbom.spdx import identity, timestamp


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"mailward:{name}", "value": value}


def _component(component: Component) -> dict[str, Any]:
    purl = component.purl
    described: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": component.name,
        "version": component.version,
        "purl": purl,
    }
    if component.summary:
        described["description"] = component.summary
    if component.supplier:
        described["supplier"] = {"name": component.supplier}
    if component.sha256:
        described["hashes"] = [{"alg": "SHA-256", "content": component.sha256}]
    declared, concluded = component.declared.text, component.concluded.text
    if declared != NO_ASSERTION:
        described["licenses"] = [{"expression": declared, "acknowledgement": "declared"}]
    elif concluded != NO_ASSERTION:
        described["licenses"] = [{"expression": concluded, "acknowledgement": "concluded"}]
    if component.homepage.startswith(("http://", "https://")):
        described["externalReferences"] = [{"type": "website", "url": component.homepage}]
    properties = [_property("file-system", where) for where in component.where]
    if component.source:
        properties += [
            _property("source-package", component.source[0]),
            _property("source-version", component.source[1]),
        ]
    if component.remark:
        properties.append(_property("licence-remark", component.remark))
    return {**described, "properties": properties}


def document(inventory: Inventory) -> dict[str, Any]:
    """The document, made of dicts and lists."""
    image = {
        "type": "operating-system",
        "bom-ref": f"mailward@{inventory.version}",
        "name": "mailward",
        "version": inventory.version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    counts = [
        _property(f"{kind}-packages", str(sum(item.kind is kind for item in inventory.components)))
        for kind in Kind
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{identity(inventory)}",
        "version": 1,
        "metadata": {
            "timestamp": timestamp(inventory.epoch),
            "tools": {"components": [{"type": "application", "name": "mailward-image-build"}]},
            "component": image,
            "properties": counts,
        },
        "components": [_component(component) for component in inventory.components],
        "dependencies": [
            {"ref": image["bom-ref"], "dependsOn": sorted(item.purl for item in inventory.components)}
        ],
    }
