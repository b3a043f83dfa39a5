"""Release versions, as the field writes them: ``14.2.3-031``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import ClassVar

from mailward.errors import BadInput

# ASCII digits without leading zeros: a version is also a key and a file name, so it has one spelling.
_NUMBER = "(0|[1-9][0-9]{0,2})"
_SHAPE = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}-([0-9]{{3}})")


class BadVersion(BadInput):
    key = "version"
    sentence = "{text!r} is not a release version"
    remedy = "Write major.minor.maintenance-build with a three-digit build, e.g. 14.2.3-031"


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """``major.minor.maintenance-build``, ordered by number."""

    major: int
    minor: int
    maintenance: int
    build: int

    # A slot's partition label is `mailward_` and the version; GPT gives a label 36 UTF-16 units.
    LABEL_PREFIX: ClassVar[str] = "mailward_"

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises `BadVersion` unless `text` is exactly a version."""
        match = _SHAPE.fullmatch(text)
        if not match:
            raise BadVersion(text=text)
        return cls(*(int(part) for part in match.groups()))

    def __lt__(self, other: Version) -> bool:
        return self._numbers() < other._numbers()

    def _numbers(self) -> tuple[int, int, int, int]:
        return self.major, self.minor, self.maintenance, self.build

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.maintenance}-{self.build:03d}"
