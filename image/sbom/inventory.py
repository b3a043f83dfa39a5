"""What is in an image, before it is written in anybody's format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from packageurl import PackageURL

from image.sbom.licences import Expression


class Kind(StrEnum):
    """Where a component comes from."""

    DEBIAN = "deb"
    PYTHON = "pypi"


@dataclass(frozen=True, slots=True)
class Component:
    """One package. declared: the licence its authors name. concluded: what its licence file says, where they do not.

    where: the parts of the image that have it, `root` or `initrd` or both. sha256: of the file it was installed
    from, where known. source: source package and version, Debian's.
    """

    kind: Kind
    name: str
    version: str
    where: tuple[str, ...]
    architecture: str = ""
    source: tuple[str, str] | None = None
    declared: Expression = field(default_factory=Expression)
    concluded: Expression = field(default_factory=Expression)
    remark: str = ""
    homepage: str = ""
    supplier: str = ""
    summary: str = ""
    sha256: str = ""

    @property
    def purl(self) -> str:
        """Package URL: `pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-13`, `pkg:pypi/click@8.5.1`."""
        if self.kind is Kind.PYTHON:
            return PackageURL("pypi", None, self.name, self.version).to_string()
        qualifiers = {"arch": self.architecture, "distro": "debian-13"}
        return PackageURL("deb", "debian", self.name, self.version, qualifiers).to_string()


@dataclass(frozen=True, slots=True)
class Inventory:
    """version: of the release. epoch: its time, in seconds since 1970. components: by kind, name and version."""

    version: str
    epoch: int
    components: Sequence[Component]
