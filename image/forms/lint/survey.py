"""What there is to say about an OVA: read once, judged in `checks`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from image.forms import sign, vmdk
from image.forms.lint import archive, descriptor
from image.forms.lint.archive import BadOva, Member
from image.forms.lint.descriptor import Descriptor
from image.forms.sign import Signature

MAX_MANIFEST = 1 << 20
CHUNK = 1 << 20
ALGORITHMS = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
EXACT = re.compile(r"(SHA1|SHA256|SHA512)\(([^()\s]+)\)= ([0-9a-f]+)")
_LOOSE = re.compile(r"\s*+SHA-?(?:2-)?([0-9]++)\s*+\((.*?)\)\s*+=\s*+([0-9A-Fa-f]++)\s*+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the manifest. exact: in the form all importers read. algorithm: of `ALGORITHMS`; empty with all the
    rest if it is no such line at all.
    """

    text: str
    exact: bool
    algorithm: str = ""
    name: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Survey:
    """digests: member -> what it really has, by the algorithm that the manifest names. headers: of the VMDKs;
    unreadable: VMDK -> why. manifest, signature: None if there is none. manifest_name: empty if there is none.
    """

    gzip: bool = False
    members: tuple[Member, ...] = ()
    descriptor: Descriptor | None = None
    manifest: tuple[Line, ...] | None = None
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    headers: Mapping[str, vmdk.Header] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    manifest_name: str = ""
    signature: Signature | None = None


def survey(path: Path) -> Survey:
    """Read an OVA. Raises `BadOva`."""
    try:
        with path.open("rb") as file:
            return read(file, file.seek(0, os.SEEK_END), path)
    except OSError as error:
        raise BadOva(file=path, problem=error.strerror or str(error)) from error


def read(file: BinaryIO, size: int, name: Path | str) -> Survey:
    """The same of an open file of `size` bytes. A gzip file is not looked into: it may unpack to anything."""
    if archive.is_gzip(file):
        return Survey(gzip=True)
    members = archive.members(file, size, name)
    files = {plain(m.name): m for m in members if m.type == archive.REGULAR}
    ovf = next((m for m in files.values() if m.name.lower().endswith(".ovf")), None)
    listed = next((m for m in files.values() if m.name.lower().endswith(".mf")), None)
    text = _content(file, listed, MAX_MANIFEST, name) if listed else b""
    lines = parse_manifest(text) if listed else None
    cert = next((m for m in files.values() if m.name.lower().endswith(".cert")), None)
    headers, unreadable = {}, {}
    for member in (m for m in files.values() if m.name.lower().endswith(".vmdk")):
        try:
            headers[plain(member.name)] = vmdk.read_header(
                file, member.start, member.size, name=repr(member.name)
            )
        except vmdk.BadVmdk as error:
            unreadable[plain(member.name)] = str(error)
    wanted = {(line.name, line.algorithm) for line in lines or () if line.name in files}
    return Survey(
        members=members,
        descriptor=descriptor.parse(_content(file, ovf, descriptor.MAX_BYTES, name), name) if ovf else None,
        manifest=lines,
        digests={key: _digest(file, files[key[0]], ALGORITHMS[key[1]]) for key in wanted},
        headers=headers,
        unreadable=unreadable,
        manifest_name=plain(listed.name) if listed else "",
        signature=sign.check(_content(file, cert, MAX_MANIFEST, name), text) if cert else None,
    )


def plain(name: str) -> str:
    return name.removeprefix("./")


def parse_manifest(content: bytes) -> tuple[Line, ...]:
    """Every line, whatever is in it."""
    lines = []
    for text in content.decode("utf-8", "replace").removesuffix("\n").split("\n"):
        exact = EXACT.fullmatch(text) is not None
        match _LOOSE.fullmatch(text):
            case re.Match() as found if f"SHA{found[1]}" in ALGORITHMS:
                lines.append(Line(text, exact, f"SHA{found[1]}", found[2].strip(), found[3].lower()))
            case _:
                lines.append(Line(text, False))
    return tuple(lines)


def _content(file: BinaryIO, member: Member, most: int, name: Path | str) -> bytes:
    if member.size > most:
        raise BadOva(file=name, problem=f"{member.name!r} is larger than {most >> 20} MiB")
    file.seek(member.start)
    return file.read(member.size)


def _digest(file: BinaryIO, member: Member, algorithm: str) -> str:
    total = hashlib.new(algorithm, usedforsecurity=False)
    file.seek(member.start)
    left = member.size
    while left and (chunk := file.read(min(left, CHUNK))):
        total.update(chunk)
        left -= len(chunk)
    return total.hexdigest()
