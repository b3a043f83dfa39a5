"""The model catalogue: one TOML file per model in data/ (H1).

Detection and figures are data because no public source has the SMBIOS strings of the branded units: what a
site finds on its own machine is added in a file, not in code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from hwmgmt.models.model import Model, ModelKind
from hwmgmt.models.schema import BadModel, parse_model
from mailward.errors import BadInput

SOURCES = "sources.toml"


class UnknownModel(BadInput):
    key = "hw.model.unknown"
    sentence = "there is no model {name}"
    remedy = "{guess}This release runs on {supported}; `mailward hw model --list` has them all"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models by name, and what the sources of their figures are (key -> title and address)."""

    models: Mapping[str, Model]
    sources: Mapping[str, str]

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())

    def find(self, name: str) -> Model | None:
        """The model, whatever the case of `name`."""
        return self.models.get(name.strip().upper())

    def get(self, name: str) -> Model:
        """The model. Raises `UnknownModel`."""
        if model := self.find(name):
            return model
        raise UnknownModel(
            name=name, guess=self._guess(name), supported=", ".join(model.name for model in self.supported())
        )

    def _guess(self, name: str) -> str:
        """What somebody who wrote `name` may have meant."""
        from difflib import get_close_matches

        near = get_close_matches(name.strip().upper(), self.models, n=3)
        return f"Did you mean {' or '.join(near)}? " if near else ""

    def supported(self) -> tuple[Model, ...]:
        """Models this release runs on (U5)."""
        return tuple(model for model in self if model.supported)


def load(folder: Traversable) -> Catalogue:
    """Read a folder of model files and its sources.toml. Raises `BadModel`."""
    try:
        sources = tomllib.loads(folder.joinpath(SOURCES).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadModel(file=SOURCES, problem=str(error)) from error
    models: dict[str, Model] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml") or file.name == SOURCES:
            continue
        model = parse_model(file.read_text("utf-8"), sources.keys(), file=file.name)
        if file.name != f"{model.name}.toml":
            raise BadModel(file=file.name, problem=f"holds {model.name}, whose file is {model.name}.toml")
        models[model.name] = model
    return Catalogue(dict(sorted(models.items(), key=_order)), sources)


def _order(item: tuple[str, Model]) -> tuple[bool, bool, str]:
    name, model = item
    return (not model.supported, model.kind is ModelKind.VIRTUAL, name)


@cache
def catalogue() -> Catalogue:
    """The catalogue that is shipped. Parsed once, about 10 ms."""
    return load(files("hwmgmt.models") / "data")
