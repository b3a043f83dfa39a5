"""`release.json`: a release's rules as bytes that can be signed, and back.

The bytes are canonical: UTF-8, keys sorted, no white space, every default spelled out (for our content that is
RFC 8785). Only canonical bytes are read, so a signed document has one reading: no key twice, no second spelling.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from mailward.errors import BadInput
from upgrade.catalogue.release import Release

MAX_BYTES = 1 << 20


class BadRelease(BadInput):
    key = "upgrade.release.document"
    sentence = "the release document {name} cannot be used: {problem}"
    remedy = (
        "Get the release again from where it was published; a release for a newer format is reached through "
        "one that reads it"
    )


class Signer(Protocol):
    """Holds the site's release key."""

    def sign(self, document: bytes) -> bytes: ...


class Verifier(Protocol):
    """Knows the keys that may sign releases."""

    def verify(self, document: bytes, signature: bytes) -> None:
        """Raises a `Rejected` unless one of the keys made `signature` over exactly these bytes."""


def dump_release(release: Release) -> bytes:
    """The canonical bytes."""
    return canonical(release.model_dump(mode="json"))


def canonical(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(release: Release) -> str:
    """``sha256:`` and the hash of the canonical bytes: names this very document."""
    return f"sha256:{hashlib.sha256(dump_release(release)).hexdigest()}"


def parse_release(document: bytes, *, name: str = "release.json") -> Release:
    """The release in canonical bytes. Raises `BadRelease` for any other bytes."""
    if len(document) > MAX_BYTES:
        raise BadRelease(name=name, problem=f"it is larger than {MAX_BYTES} bytes")
    release = _validate(document, name)
    if dump_release(release) != document:
        raise BadRelease(name=name, problem="it is not in canonical form")
    return release


def parse_signed(
    document: bytes, signature: bytes, verifier: Verifier, *, name: str = "release.json"
) -> Release:
    """The release, read only after its signature holds. Raises what `verifier` raises, or `BadRelease`."""
    verifier.verify(document, signature)
    return parse_release(document, name=name)


def parse_toml(text: str, shared: Mapping[str, Any], *, name: str) -> Release:
    """The release in a file of data/releases. Lists in it continue those of `shared`. Raises `BadRelease`."""
    try:
        content = tomllib.loads(text)
        return _validate(json.dumps(_merged(shared, content)).encode(), name)
    except (ValueError, TypeError, RecursionError) as error:  # TypeError: a TOML date is no JSON
        raise BadRelease(name=name, problem=str(error)) from error


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(shared)
    for key, value in own.items():
        if key not in merged:
            merged[key] = value
        elif isinstance(value, list) and isinstance(merged[key], list):
            merged[key] = [*merged[key], *value]
        else:
            raise ValueError(f"{key} is said in the file and in what it shares")
    return merged


def _validate(document: bytes, name: str) -> Release:
    try:
        return Release.model_validate_json(document)
    except ValidationError as error:
        raise BadRelease(name=name, problem=problems(error)) from error


def problems(error: ValidationError, most: int = 5) -> str:
    """The first findings as one line. Keys come from outside, so they are printed as ASCII."""
    findings = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [
        f"{'.'.join(ascii(part).strip(chr(39)) for part in finding['loc']) or 'it'}: {finding['msg']}"
        for finding in findings[:most]
    ]
    rest = len(findings) - most
    return "; ".join(lines) + (f"; and {rest} more" if rest > 0 else "")
