"""What a configuration is rendered to: files, links and folders by absolute path. Values; `writer` has the I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """Owner and group are names, or numbers for those that no file of /etc knows."""

    content: bytes
    mode: int = 0o644
    owner: str | int = "root"
    group: str | int = "root"

    def __repr__(self) -> str:
        return f"File({len(self.content)} octets, {self.mode:o})"  # keys and hashes do not belong in a log


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is made if it is not there, and never removed: what people put there is theirs."""

    mode: int
    owner: int
    group: int


Node = File | Link | Folder
Tree = Mapping[str, Node]

RUN = "/run/mailward-config"  # root's own: what is below decides who may log in


def text(content: str, mode: int = 0o644, *, group: str | int = "root") -> File:
    return File(content.encode(), mode, group=group)
