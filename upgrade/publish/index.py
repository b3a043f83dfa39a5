"""The signed list at the top of a release server: which releases it has. Small, so that asking costs little."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from mailward.errors import BadInput
from upgrade.catalogue.document import Signer, Verifier, canonical, problems
from upgrade.catalogue.release import Part, VersionText
from upgrade.publish import folder, layout, sums

MAX_BYTES = 1 << 20


class BadIndex(BadInput):
    key = "upgrade.release.index"
    sentence = "the list of releases at {source} cannot be used: {problem}"
    remedy = "Have it made again with `mailward release index`"


class Entry(Part):
    """A release and its folder beside the list. `size` is all its files' bytes."""

    version: VersionText
    folder: Annotated[str, StringConstraints(pattern=rf"^{sums.FILE_NAME.pattern}$")]
    size: Annotated[int, Field(ge=1, le=1 << 40)]


def _once(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    versions = [entry.version for entry in entries]
    if len(set(versions)) != len(versions):
        raise ValueError("has a version twice")
    return tuple(sorted(entries, key=lambda entry: entry.version))


class Index(Part):
    format: Literal[1] = 1
    releases: Annotated[tuple[Entry, ...], Field(max_length=1000), AfterValidator(_once)]


def dump(index: Index) -> bytes:
    """The canonical bytes."""
    return canonical(index.model_dump(mode="json"))


def parse(content: bytes, signature: bytes, verifier: Verifier, *, source: str) -> Index:
    """Read only after the signature holds. Raises what `verifier` raises, or `BadIndex`."""
    verifier.verify(content, signature)
    try:
        index = Index.model_validate_json(content)
    except ValidationError as error:
        raise BadIndex(source=source, problem=problems(error)) from error
    if dump(index) != content:
        raise BadIndex(source=source, problem="it is not in the canonical spelling")
    return index


def survey(top: Path, verifier: Verifier) -> Index:
    """The releases in the folders below `top` whose signatures hold; raises for one that looks like a release
    and is not sound, as `folder.read`."""
    found = []
    for path in sorted(top.iterdir()):
        if path.name.startswith(".") or not (path / sums.SUMS).is_file():
            continue
        published = folder.read(path, verifier)
        size = sum((path / name).stat().st_size for name in published.sums)
        found.append(Entry(version=published.version, folder=path.name, size=size))
    return Index(releases=tuple(found))


def write(top: Path, index: Index, signer: Signer) -> None:
    """List first, signature last: a reader between the two sees a signature that does not hold, and asks again."""
    content = dump(index)
    for name, data in ((layout.INDEX, content), (layout.INDEX + sums.SIGNATURE, signer.sign(content))):
        partial = top / f".{name}.partial"
        partial.write_bytes(data)
        partial.replace(top / name)
