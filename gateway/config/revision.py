"""What is known of a configuration that was committed, and how it is kept in JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config.diff import Change, Kind
from gateway.config.errors import StoreDamaged
from gateway.config.model import Config

CHANGES = 500  # told of one revision
OUTSIDE = "(outside)"  # nobody committed it: the first one, or a file that was put there


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who committed what when. `digest` is the SHA-256 of config.xml in hexadecimal."""

    number: int
    who: str
    when: datetime
    comment: str
    digest: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "who": self.who,
            "when": self.when.isoformat(),
            "comment": self.comment,
            "digest": self.digest,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Stamp:
        """Raises KeyError, TypeError, ValueError."""
        when = datetime.fromisoformat(value["when"]).astimezone(UTC)
        return cls(int(value["number"]), str(value["who"]), when, str(value["comment"]), str(value["digest"]))


@dataclass(frozen=True, slots=True)
class Revision:
    """A configuration that was committed."""

    stamp: Stamp
    config: Config

    @property
    def number(self) -> int:
        return self.stamp.number

    @property
    def who(self) -> str:
        return self.stamp.who

    @property
    def when(self) -> datetime:
        return self.stamp.when

    @property
    def comment(self) -> str:
        return self.stamp.comment


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the history: the stamp, and what was changed (of very many the first ones; `count` is of all).

    `draft` is the SHA-256 of the candidate that was committed.
    """

    stamp: Stamp
    changes: tuple[Change, ...]
    count: int
    draft: str = ""

    def to_dict(self) -> dict[str, Any]:
        found = [[list(change.path), change.kind, change.old, change.new] for change in self.changes]
        return {**self.stamp.to_dict(), "changes": found, "count": self.count, "draft": self.draft}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Record:
        """Raises KeyError, TypeError, ValueError."""
        found = tuple(Change(tuple(path), Kind(kind), old, new) for path, kind, old, new in value["changes"])
        return cls(Stamp.from_dict(value), found, int(value["count"]), str(value["draft"]))


def record(stamp: Stamp, what: tuple[Change, ...], draft: str = "") -> Record:
    return Record(stamp, what[:CHANGES], len(what), draft)


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def dump(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def load(path: Path, remedy: str) -> dict[str, Any] | None:
    """The JSON object in a file; None if there is no file. Raises StoreDamaged with `remedy`."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreDamaged(path=path, why=str(error), remedy=remedy) from error
    if not isinstance(value, dict):
        raise StoreDamaged(path=path, why="it is not an object", remedy=remedy)
    return value
