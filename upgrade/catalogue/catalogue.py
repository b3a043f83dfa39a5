"""All releases this version knows, and what is known of those it does not offer.

Read from data/: `releases/` holds one file per release, `shared/` what the releases of one line have in common,
`lines.toml` the major and minor releases that are only passed over (U13), `vulnerable.toml` those nobody may go
back to (U11).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from hwmgmt.models import catalogue as models
from mailward.errors import BadInput, Rejected
from mailward.version import Version
from upgrade.catalogue.document import BadRelease, parse_toml, problems
from upgrade.catalogue.release import Note, Part, Release, Text, Versions, ids_differ

P = TypeVar("P", bound=BaseModel)


class BadCatalogue(BadInput):
    key = "upgrade.catalogue.file"
    sentence = "catalogue file {file}: {problem}"
    remedy = "Compare with a neighbouring file in upgrade/catalogue/data"


class UnknownRelease(Rejected):
    key = "upgrade.release.unknown"
    sentence = "there is no release {version} in the catalogue"
    remedy = "Use one of {known}"


class Line(Part):
    """A major (x.0) or minor (x.y) release as a whole, with what its notes said as far as it is known here."""

    name: Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$")]
    notes: Annotated[tuple[Note, ...], AfterValidator(ids_differ)] = ()

    @property
    def start(self) -> Version:
        return Version.parse(f"{self.name}.0-000")


class Lines(Part):
    lines: tuple[Line, ...]


class Vulnerable(Part):
    """Versions that must not run again, whatever is offered (U11)."""

    reason: Text
    advisory: Text
    versions: Versions


@dataclass(frozen=True)
class Catalogue:
    """Releases by version, oldest first; lines oldest first."""

    releases: Mapping[Version, Release]
    lines: tuple[Line, ...]
    vulnerable: Vulnerable

    def get(self, version: Version) -> Release:
        """Raises `UnknownRelease`."""
        if release := self.releases.get(version):
            return release
        raise UnknownRelease(version=version, known=", ".join(map(str, self.releases)))

    def with_release(self, release: Release) -> Catalogue:
        """With a release that came with its own document. What it says of itself replaces what was known."""
        return replace(self, releases=_by_version([*self.releases.values(), release]))

    def between(self, source: Version, target: Version) -> tuple[Release | Line, ...]:
        """Whose notes an upgrade from `source` to `target` passes, oldest first, `target` included (U13).

        A line counts if the machine was on an older one and no release of the line is in the catalogue, which
        would bring the notes itself.
        """
        told = {_line_of(version) for version in self.releases}
        passed: list[tuple[Version, Release | Line]] = [
            (line.start, line)
            for line in self.lines
            if _line_of(source) < _line_of(line.start) <= _line_of(target)
            and _line_of(line.start) not in told
        ]
        passed += [(v, release) for v, release in self.releases.items() if source < v <= target]
        return tuple(item for _, item in sorted(passed, key=lambda pair: pair[0]))

    def base_of(self, release: Release) -> Release | None:
        """The release that an update (``MD update``) updates, whose notes hold for it too."""
        if not release.update:
            return None
        same = [other for other in self.releases.values() if other.version == release.version]
        return max((other for other in same if other.id < release.id), key=lambda r: r.id, default=None)


def _line_of(version: Version) -> tuple[int, int]:
    return version.major, version.minor


def _by_version(releases: Iterable[Release]) -> dict[Version, Release]:
    """Oldest first; of two documents about one release the later in `releases` counts."""
    return {release.id: release for release in sorted(releases, key=lambda release: release.id)}


def load(folder: Traversable, known_models: Iterable[str]) -> Catalogue:
    """The catalogue in a folder. Raises `BadCatalogue` or `BadRelease`.

    `known_models` are the ids of the model catalogue: a model in a release's file that nothing can detect is a
    typing error, and would let the wrong hardware through.
    """
    shared = {
        file.name.removesuffix(".toml"): _toml(file.name, _text(file))
        for file in _toml_files(folder / "shared")
    }
    known = set(known_models)
    releases = []
    for file in _toml_files(folder / "releases"):
        stem = file.name.removesuffix(".toml")
        line = ".".join(stem.split(".")[:2])
        release = parse_toml(_text(file), shared.get(line, {}), name=file.name)
        if str(release.id) != stem:
            raise BadRelease(
                name=file.name, problem=f"it holds {release.id}, whose file is {release.id}.toml"
            )
        for model in (*release.hardware.supported, *release.hardware.unsupported):
            if model not in known:
                raise BadRelease(name=file.name, problem=f"there is no model {model}")
        releases.append(release)
    lines = _read(folder, "lines.toml", Lines).lines
    names = [line.name for line in lines]
    if len(set(names)) != len(names):
        raise BadCatalogue(file="lines.toml", problem="a line is there twice")
    return Catalogue(
        _by_version(releases),
        tuple(sorted(lines, key=lambda line: line.start)),
        _read(folder, "vulnerable.toml", Vulnerable),
    )


def _toml_files(folder: Traversable) -> list[Traversable]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise BadCatalogue(file=folder.name, problem=str(error)) from error
    return [entry for entry in entries if entry.name.endswith(".toml")]


def _text(file: Traversable) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCatalogue(file=file.name, problem=str(error)) from error


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadCatalogue(file=name, problem=str(error)) from error


def _read(folder: Traversable, name: str, kind: type[P]) -> P:
    content = _toml(name, _text(folder / name))
    try:
        return kind.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise BadCatalogue(file=name, problem=problems(error)) from error
    except TypeError as error:  # a TOML date is no JSON
        raise BadCatalogue(file=name, problem=str(error)) from error


@cache
def catalogue() -> Catalogue:
    """The catalogue that is shipped."""
    return load(files("upgrade.catalogue") / "data", models.catalogue().models)
