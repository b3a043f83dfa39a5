"""Both documents against what their authors publish: schema and validator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from image.sbom import collect
from image.sbom.inventory import Inventory
from tests.image.sbom.sample import packages_tar, wheels

EPOCH = 1767225600


@pytest.fixture
def stock(tmp_path: Path) -> Inventory:
    for where in ("root", "initrd"):
        packages_tar(tmp_path / f"{where}.packages.tar")
    tree = wheels(tmp_path / "wheels")
    return collect.inventory("14.2.3-031", EPOCH, tmp_path, tree, {"pyftpdlib": "ef" * 32})


def test_each_package_is_named_once_with_every_place_it_is_in(stock: Inventory) -> None:
    assert [(item.kind.value, item.name, item.where) for item in stock.components] == [
        ("deb", "libc-bin", ("root", "initrd")),
        ("deb", "openssl", ("root", "initrd")),
        ("deb", "python3.13", ("root", "initrd")),
        ("pypi", "pyftpdlib", ("root",)),
        ("pypi", "typing-extensions", ("root",)),
    ]


def test_cyclonedx_is_valid(stock: Inventory, tmp_path: Path) -> None:
    _, path = collect.write(stock, tmp_path, "m")
    assert path.name == "m.cdx.json"
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text())
    assert errors is None, errors
    document = json.loads(path.read_text())
    ftp = next(item for item in document["components"] if item["name"] == "pyftpdlib")
    assert ftp["hashes"] == [{"alg": "SHA-256", "content": "ef" * 32}]
    assert ftp["licenses"] == [{"expression": "MIT", "acknowledgement": "concluded"}]
    assert document["metadata"]["timestamp"] == "2026-01-01T00:00:00Z"


def test_the_schema_minds_a_mistake(stock: Inventory, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    _, path = collect.write(stock, tmp_path, "m")
    wrong = path.read_text().replace('"type": "library"', '"type": "book"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(wrong) is not None


def test_spdx_is_valid(stock: Inventory, tmp_path: Path) -> None:
    path, _ = collect.write(stock, tmp_path, "m")
    assert path.name == "m.spdx.json"
    parsed = JsonLikeDictParser().parse(json.loads(path.read_text()))  # type: ignore[no-untyped-call]
    assert validate_full_spdx_document(parsed, "SPDX-2.3") == []
    assert len(parsed.packages) == 6
    assert parsed.extracted_licensing_info


def test_same_inventory_same_bytes_and_another_version_another_identity(
    stock: Inventory, tmp_path: Path
) -> None:
    once = [path.read_bytes() for path in collect.write(stock, tmp_path, "m")]
    assert once == [path.read_bytes() for path in collect.write(stock, tmp_path, "m")]
    fewer = Inventory(stock.version, stock.epoch, stock.components[1:])
    for name, make in collect.FORMATS.items():
        identity = "documentNamespace" if name.startswith("spdx") else "serialNumber"
        assert make(stock)[identity] != make(fewer)[identity]
