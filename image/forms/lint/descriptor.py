"""What an OVF descriptor says, as far as imports fail on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from image.forms.lint.archive import BadOva

NAMESPACE = "http://schemas.dmtf.org/ovf/envelope/1"
MAX_BYTES = 4 << 20
_VMW = "{http://www.vmware.com/schema/ovf}"
_VSSD = "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData}"
_UNIT = re.compile(r"byte(?: *\* *2 *\^ *([0-9]{1,2}))?")
_OLD_UNITS = {"KiloBytes": 10, "MegaBytes": 20, "GigaBytes": 30}


@dataclass(frozen=True, slots=True)
class File:
    """size: bytes as the descriptor has them, if it has them."""

    href: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Disk:
    """capacity: bytes; None if it is not a number that can be read. href: of its file; empty for an empty disk."""

    name: str
    capacity: int | None
    href: str


@dataclass(frozen=True, slots=True)
class Descriptor:
    """families: e.g. ("vmx-15",). extra_config: keys of `vmw:ExtraConfig` that importers must know. firmware: of
    `vmw:Config`, empty if not said.
    """

    namespace: str
    hardware_section: bool
    families: tuple[str, ...]
    firmware: str
    extra_config: tuple[str, ...]
    files: tuple[File, ...]
    disks: tuple[Disk, ...]


def parse(content: bytes, file: Path | str) -> Descriptor:
    """Raises `BadOva`: too large, not XML, or with a document type (an OVF has none; an entity bomb does)."""
    if len(content) > MAX_BYTES:
        raise BadOva(file=file, problem=f"its descriptor is larger than {MAX_BYTES >> 20} MiB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadOva(file=file, problem=f"its descriptor is not XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadOva(file=file, problem="its descriptor has a document type, which no OVF has")
    namespace = etree.QName(root).namespace or ""
    return _read(root, namespace, "{" + namespace + "}" if namespace else "")


def _read(root: etree._Element, namespace: str, ovf: str) -> Descriptor:
    names = {f.get(f"{ovf}id"): f.get(f"{ovf}href", "") for f in root.iter(f"{ovf}File")}
    families = [
        word for e in root.iter(f"{_VSSD}VirtualSystemType") for word in re.split(r"[\s,]+", e.text or "")
    ]
    firmware = [
        c.get(f"{_VMW}value", "") for c in root.iter(f"{_VMW}Config") if c.get(f"{_VMW}key") == "firmware"
    ]
    return Descriptor(
        namespace=namespace,
        hardware_section=next(root.iter(f"{ovf}VirtualHardwareSection"), None) is not None,
        families=tuple(word for word in families if word),
        firmware=firmware[0] if firmware else "",
        extra_config=tuple(
            e.get(f"{_VMW}key", "")
            for e in root.iter(f"{_VMW}ExtraConfig")
            if e.get(f"{ovf}required") != "false"
        ),
        files=tuple(
            File(f.get(f"{ovf}href", ""), _number(f.get(f"{ovf}size"))) for f in root.iter(f"{ovf}File")
        ),
        disks=tuple(
            Disk(
                d.get(f"{ovf}diskId", ""),
                _capacity(d.get(f"{ovf}capacity"), d.get(f"{ovf}capacityAllocationUnits", "byte")),
                names.get(d.get(f"{ovf}fileRef"), ""),
            )
            for d in root.iter(f"{ovf}Disk")
        ),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch("[0-9]{1,20}", text) else None


def _capacity(text: str | None, unit: str) -> int | None:
    number, match = _number(text), _UNIT.fullmatch(unit.strip())
    power = int(match[1] or 0) if match else _OLD_UNITS.get(unit.strip())
    return None if number is None or power is None else number << power
