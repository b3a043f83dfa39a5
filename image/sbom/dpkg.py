"""What dpkg knows: its status file, and the copyright files of the packages.

The build takes both out of the tree, as a tar, before the documents are removed from it.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from image.sbom.inventory import Component, Kind
from image.sbom.licences import NO_ASSERTION, Expression, all_of, from_debian

STATUS = "var/lib/dpkg/status"
_COPYRIGHT = re.compile(r"usr/share/doc/([^/]+)/copyright")
_SOURCE = re.compile(r"(\S+)(?: \((\S+)\))?")
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z][A-Za-z0-9.+-]*[A-Za-z0-9+])")

# By source package: what the copyright files say that no machine can read.
CONCLUDED = {
    "gcc-14": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "gnutls28": "LGPL-2.1-or-later",
    "klibc": "GPL-2.0-only AND BSD-3-Clause",
    "krb5": "MIT",
    "libtasn1-6": "LGPL-2.1-or-later",
    "libxcrypt": "LGPL-2.1-or-later",
    "python3-defaults": "PSF-2.0",
    "python3.13": "PSF-2.0",
    "rtmpdump": "LGPL-2.1-or-later",
}


def read(tar: Path) -> tuple[str, dict[str, str]]:
    """The status file in `tar`, and package -> copyright file. Raises `OSError`, `tarfile.TarError`, `KeyError`."""
    copyrights = {}
    with tarfile.open(tar) as archive:
        for member in archive:
            if (found := _COPYRIGHT.fullmatch(member.name)) and (file := archive.extractfile(member)):
                copyrights[found[1]] = file.read().decode("utf-8", "replace")
        status = archive.extractfile(STATUS)
        if status is None:
            raise KeyError(STATUS)
        return status.read().decode(), copyrights


def paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The paragraphs of a control file (deb822): field name in lower case -> value, its lines without their indent.

    A line that is neither a field nor the continuation of one is left out: copyright files are written by people.
    """
    fields: dict[str, str] = {}
    name = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name] += "\n" + ("" if line.strip() == "." else line.strip())
        else:
            head, colon, value = line.partition(":")
            name = head.strip().lower() if colon else ""
            if name:
                fields[name] = value.strip()


def components(status: str, copyrights: Mapping[str, str], where: str) -> list[Component]:
    """The packages that are installed, by name."""
    found = []
    for fields in paragraphs(status):
        if not fields.get("status", "").endswith(" installed"):
            continue
        name, version = fields["package"], fields["version"]
        named = _SOURCE.fullmatch(fields.get("source", name))
        source = (named[1], named[2] or version) if named else (name, version)
        declared, remark = licence(copyrights.get(name, ""))
        found.append(
            Component(
                kind=Kind.DEBIAN,
                name=name,
                version=version,
                where=(where,),
                architecture=fields.get("architecture", ""),
                source=source,
                declared=declared,
                concluded=_concluded(source[0], declared),
                remark=remark,
                homepage=fields.get("homepage", ""),
                supplier=fields.get("maintainer", ""),
                summary=fields.get("description", "").partition("\n")[0],
            )
        )
    return sorted(found, key=lambda item: (item.name, item.architecture))


def _concluded(source: str, declared: Expression) -> Expression:
    """Ours, where the authors' own words are not to be had."""
    return Expression(CONCLUDED.get(source, NO_ASSERTION)) if declared.text == NO_ASSERTION else Expression()


def licence(copyright_file: str) -> tuple[Expression, str]:
    """What a copyright file declares, and a remark where that is not all.

    One that is not machine-readable (DEP-5) gets no expression: the remark names the licences it refers to.
    """
    if not copyright_file:
        return Expression(), "The package has no copyright file."
    if not copyright_file.lstrip("\ufeff \n").startswith("Format:"):
        common = ", ".join(sorted(set(_COMMON.findall(copyright_file))))
        remark = "Its copyright file is not machine-readable."
        return Expression(), f"{remark} It refers to: {common}." if common else remark
    texts: dict[str, str] = {}
    fields = []
    for paragraph in paragraphs(copyright_file):
        if not (value := paragraph.get("license", "")):
            continue
        short, _, text = value.partition("\n")
        if not short:
            # The name was forgotten, and the text begins on the line after.
            short, _, text = text.partition("\n")
        if text:
            texts.setdefault(short.strip(), text.strip())
        if "files" in paragraph or "format" in paragraph:
            fields.append(short.strip())
    return all_of(from_debian(field, texts) for field in dict.fromkeys(fields)), ""
