"""Names of licences: from Debian's short names and from wheel metadata to SPDX expressions.

What SPDX has no name for becomes a `LicenseRef-`, whose name carries a hash of its text: `public-domain` of one package
is not that of another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from license_expression import ExpressionError, get_spdx_licensing

NO_ASSERTION = "NOASSERTION"

# GNU licences as Debian writes them: GPL-2+, GPLv3, LGPL-2.1+, GPL-2.0-or-later.
_GNU = re.compile(
    r"(?P<kind>[AL]?GPL)-?v?(?P<number>\d(?:\.\d)?)(?P<later>\+|-or-later|-only)?", re.IGNORECASE
)
_FDL = re.compile(r"GFDL-(?P<niv>NIV-)?(?P<number>1\.\d)(?P<later>\+)?", re.IGNORECASE)
_CONJUNCTION = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)
_LIST = re.compile(r",\s*(and|or)\s+", re.IGNORECASE)
_EXCEPTION = re.compile(r"(?P<licence>\S+) with (?P<exception>.+?)(?:[ -]exception)?", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.-]+")

# Names that are not SPDX's, lower case.
NAMES = {
    "apache-2": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "bsd2": "BSD-2-Clause",
    "bsd3": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "expat": "MIT",
    "gpl": "GPL-1.0-or-later",
    "lgpl": "LGPL-2.0-or-later",
    "mit license": "MIT",
    "mit/x11": "MIT",
    "openldap-2.8": "OLDAP-2.8",
    "psf-2": "PSF-2.0",
    "python software foundation license version 2": "PSF-2.0",
}
EXCEPTIONS = {
    "bison": "Bison-exception-2.2",
    "classpath": "Classpath-exception-2.0",
    "libtool": "Libtool-exception",
    "linux-syscall-note": "Linux-syscall-note",
    "openssl": "openvpn-openssl-exception",
    "texinfo": "Texinfo-exception",
}
# Trove classifiers that mean one licence; "BSD License" and others mean several.
CLASSIFIERS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
# Sentences that tell the commonest licences apart, most particular first.
SENTENCES = (
    ("Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    ("used to endorse or promote products derived from", "BSD-3-Clause"),
    ("Redistributions in binary form must reproduce the above", "BSD-2-Clause"),
    ("Apache License Version 2.0", "Apache-2.0"),
)


@dataclass(frozen=True, slots=True)
class Expression:
    """text: an SPDX expression, or NOASSERTION. texts: `LicenseRef-…` in it -> what the licence says."""

    text: str = NO_ASSERTION
    texts: Mapping[str, str] | None = None


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """SPDX's names by their lower-case form: licences, exceptions."""
    licences: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    for name, symbol in get_spdx_licensing().known_symbols.items():
        if not name.startswith("LicenseRef-"):
            (exceptions if symbol.is_exception else licences)[name.lower()] = name
    return licences, exceptions


def named(name: str) -> str | None:
    """The SPDX name of one licence as Debian writes it, with its exception if it has one; None if there is none."""
    name = " ".join(name.split())
    licences, exceptions = _known()
    if gnu := _GNU.fullmatch(name):
        number = gnu["number"] if "." in gnu["number"] else f"{gnu['number']}.0"
        later = "or-later" if gnu["later"] in ("+", "-or-later") else "only"
        return licences.get(f"{gnu['kind']}-{number}-{later}".lower())
    if fdl := _FDL.fullmatch(name):
        niv = "no-invariants-" if fdl["niv"] else ""
        return licences.get(f"gfdl-{fdl['number']}-{niv}{'or-later' if fdl['later'] else 'only'}")
    if found := NAMES.get(name.lower()) or licences.get(name.lower()):
        return found
    if split := _EXCEPTION.fullmatch(name):
        base = named(split["licence"])
        word = split["exception"].lower()
        exception = EXCEPTIONS.get(word) or exceptions.get(word) or exceptions.get(f"{word}-exception")
        if base and exception and " " not in base:
            return f"{base} WITH {exception}"
    return None


def from_debian(text: str, texts: Mapping[str, str]) -> Expression:
    """The expression for a `License:` field of a machine-readable copyright file (DEP-5).

    texts: short name -> text of that licence, from the whole file. A comma binds least: `A or B, and C` is
    `(A or B) and C`.
    """
    references: dict[str, str] = {}

    def one(name: str) -> str:
        name = name.strip()
        if found := named(name):
            return found
        words = " ".join(texts.get(name, "").split()) or name
        plain = _NOT_IN_A_NAME.sub("-", name.replace("+", "-or-later")).strip("-")[:60] or "unnamed"
        reference = f"LicenseRef-{plain}-{_digest(words)}"
        references[reference] = texts.get(name) or name
        return reference

    def conjunction(part: str) -> str:
        pieces = _CONJUNCTION.split(part.replace("_or_", " or ").replace("_and_", " and "))
        return " ".join(piece.upper() if n % 2 else one(piece) for n, piece in enumerate(pieces))

    parts = _LIST.split(" ".join(text.split()))
    expression = " ".join(
        part.upper() if n % 2 else f"({conjunction(part)})" if len(parts) > 1 else conjunction(part)
        for n, part in enumerate(parts)
    )
    return Expression(expression, references)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def all_of(expressions: Iterable[Expression]) -> Expression:
    """Every one of them applies: what a package is under whose files have several."""
    texts: dict[str, str] = {}
    seen: dict[str, None] = {}
    for expression in expressions:
        if expression.text != NO_ASSERTION:
            seen[expression.text] = None
            texts |= expression.texts or {}
    if not seen:
        return Expression()
    words = sorted(seen)
    if len(words) > 1:
        words = [f"({word})" if " OR " in word else word for word in words]
    return Expression(" AND ".join(words), texts)


def from_metadata(expression: str | None, words: str | None, classifiers: Sequence[str]) -> Expression:
    """What a Python package declares: License-Expression (PEP 639), else License, else its classifiers."""
    if expression and _valid(expression):
        return Expression(expression)
    if words and (found := named(words)):
        return Expression(found)
    of_classifiers = [CLASSIFIERS[item] for item in classifiers if item in CLASSIFIERS]
    return Expression(of_classifiers[0]) if len(of_classifiers) == 1 else Expression()


def _valid(expression: str) -> bool:
    try:
        return not get_spdx_licensing().unknown_license_keys(expression)
    except ExpressionError:
        return False


def recognised(text: str) -> Expression:
    """The licence whose text this is, if it is one of the commonest."""
    words = " ".join(text.split())
    return next((Expression(name) for sentence, name in SENTENCES if sentence in words), Expression())
