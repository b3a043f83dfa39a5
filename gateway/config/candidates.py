"""One candidate configuration per administrator, in a file, so that commands in different processes build it up.

The file has what the administrator began with beside what it is now: that is what merging needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gateway.config import xml
from gateway.config.durable import Disk
from gateway.config.errors import BadUser, ConfigBroken, StaleCandidate, StoreDamaged
from gateway.config.model import Config
from gateway.config.revision import Revision, Stamp, dump, load

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}")
_REMEDY = "`clear` drops this candidate"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a user has in hand: the running configuration (`changed` is False) or what became of it.

    `base` is the revision it began with; others may have committed since.
    """

    user: str
    config: Config
    base: Revision
    changed: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A candidate's file: the texts are parsed only when they are needed."""

    base: Stamp
    base_text: bytes
    text: bytes

    def config(self) -> Config:
        """Raises StaleCandidate."""
        return _parsed(self.text)

    def base_config(self) -> Config:
        """What it began with. Raises StaleCandidate."""
        return _parsed(self.base_text)


def _parsed(text: bytes) -> Config:
    try:
        return xml.loads(text, name="of the candidate")
    except ConfigBroken as error:
        raise StaleCandidate(problems=error.fields["problems"]) from error


class Drafts:
    """The folder."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def get(self, user: str) -> Draft | None:
        """Raises BadUser, StoreDamaged."""
        path = self._path(user)
        value = load(path, _REMEDY)
        if value is None:
            return None
        try:
            return Draft(
                Stamp.from_dict(value["base"]),
                value["base_text"].encode("iso-8859-1"),
                value["text"].encode("iso-8859-1"),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreDamaged(path=path, why=f"it is not a candidate: {error}", remedy=_REMEDY) from error

    def put(self, user: str, draft: Draft) -> None:
        """Raises BadUser, OSError."""
        path = self._path(user)
        self._disk.folder(self._folder)
        value = {
            "base": draft.base.to_dict(),
            "base_text": draft.base_text.decode("iso-8859-1"),
            "text": draft.text.decode("iso-8859-1"),
        }
        self._disk.write(path, dump(value))

    def drop(self, user: str) -> None:
        """Raises BadUser, OSError."""
        path = self._path(user)
        if path.exists():
            self._disk.remove(path)

    def users(self) -> list[str]:
        """Who has one."""
        return sorted(path.name.removesuffix(".json") for path in self._folder.glob("[!.]*.json"))

    def _path(self, user: str) -> Path:
        if not _USER.fullmatch(user):
            raise BadUser(user=user)
        return self._folder / f"{user}.json"
