"""A figure and where it comes from.

Half of what is known about the appliances is memory and hearsay. That may inform an administrator; it must
not stop an upgrade. So each figure carries its source, and a check that blocks takes it through
`Figure.for_blocking`, which hands out verified ones only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from mailward.errors import Failed

T = TypeVar("T")
U = TypeVar("U")


class UnverifiedFigure(Failed):
    """A blocking check asked for a figure that nobody has verified: an error in the check."""

    key = "hw.model.unverified"
    sentence = "{figure} of {model} is not verified (source: {source}) and must not block anything"
    remedy = "Verify it against its source and say so in the model's file, or let the check warn only"


@dataclass(frozen=True, slots=True)
class Provenance:
    """`source` is a key of data/sources.toml; `verified` means somebody checked the figure against it."""

    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Figure(Generic[T]):
    """A value of the catalogue: `name` (e.g. "quota.mail_queue") of `model`."""

    model: str
    name: str
    value: T
    provenance: Provenance

    def for_blocking(self) -> T:
        """The value for a check that can say no. Raises `UnverifiedFigure`."""
        if not self.provenance.verified:
            raise UnverifiedFigure(figure=self.name, model=self.model, source=self.provenance.source)
        return self.value

    def map(self, convert: Callable[[T], U]) -> Figure[U]:
        """The same figure, converted; its provenance stays."""
        return Figure(self.model, self.name, convert(self.value), self.provenance)
