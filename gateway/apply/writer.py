"""Puts a tree where it belongs: only what differs is written, each file whole or not at all, and what was there before
can be put back.

The list of files that are ours is written before them, so that a process that dies half-way leaves nothing behind
that the next one does not know of. Nothing is synced: all of it is below /run, and gone with the power.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.apply.tree import RUN, File, Folder, Link, Node, Tree

MANIFEST = f"{RUN}/manifest.json"


@dataclass(frozen=True, slots=True)
class Written:
    """What was done. `before` has what stood at each path, None where nothing did."""

    before: dict[str, Node | None]

    @property
    def changed(self) -> frozenset[str]:
        return frozenset(self.before)


class Writer:
    """Works below `root`, which is `/` on the appliance."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def write(self, tree: Tree) -> Written:
        """Make files and links those of `tree`, and remove ours that are not in it. Raises OSError."""
        ours, wanted = self._ours(), {path for path, node in tree.items() if not isinstance(node, Folder)}
        self._list(ours | wanted)
        done = Written({})
        try:
            for path in sorted(ours - wanted):
                self._change(done, path, None)
            for path, node in tree.items():
                self._change(done, path, node)
        except OSError:
            self.restore(done)
            raise
        self._list(wanted)
        return done

    def restore(self, written: Written) -> None:
        """Put back what `write` replaced. Raises OSError."""
        for path, node in written.before.items():
            if node is None:
                self._at(path).unlink(missing_ok=True)
            else:
                self._put(path, node)
        gone = {path for path, node in written.before.items() if node is None}
        self._list((self._ours() - gone) | (set(written.before) - gone))

    def _change(self, done: Written, path: str, node: Node | None) -> None:
        if isinstance(node, Folder):
            self._folder(path, node)
            return
        before = self._read(path)
        if self._same(before, node):
            return
        done.before[path] = before
        if node is None:
            self._at(path).unlink(missing_ok=True)
        else:
            self._put(path, node)

    def _read(self, path: str) -> Node | None:
        place = self._at(path)
        if place.is_symlink():
            return Link(str(place.readlink()))
        try:
            status = place.stat()
            return File(place.read_bytes(), status.st_mode & 0o7777, status.st_uid, status.st_gid)
        except FileNotFoundError:
            return None

    def _same(self, before: Node | None, node: Node | None) -> bool:
        if not isinstance(before, File) or not isinstance(node, File):
            return before == node
        mine = (_uid(node.owner), _gid(node.group)) if os.geteuid() == 0 else (before.owner, before.group)
        return (before.content, before.mode, (before.owner, before.group)) == (node.content, node.mode, mine)

    def _put(self, path: str, node: Node) -> None:
        place = self._at(path)
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = place.with_name(f".{place.name}.new")
        fresh.unlink(missing_ok=True)
        if isinstance(node, Link):
            fresh.symlink_to(node.target)
        elif isinstance(node, File):
            # Closed to others before there is anything in it.
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), _uid(node.owner), _gid(node.group))
                os.fchmod(file.fileno(), node.mode)
                file.write(node.content)
        fresh.replace(place)

    def _folder(self, path: str, node: Folder) -> None:
        place = self._at(path)
        if not place.is_dir():
            place.mkdir(mode=node.mode, parents=True)
            if os.geteuid() == 0:
                os.chown(place, node.owner, node.group)

    def _ours(self) -> set[str]:
        place = self._at(MANIFEST)
        return set(json.loads(place.read_text())) if place.exists() else set()

    def _list(self, paths: Iterable[str]) -> None:
        content = json.dumps(sorted(paths)).encode()
        self._put(MANIFEST, File(content, 0o600))

    def _at(self, path: str) -> Path:
        return self.root / path.removeprefix("/")


def _uid(owner: str | int) -> int:
    return owner if isinstance(owner, int) else pwd.getpwnam(owner).pw_uid


def _gid(group: str | int) -> int:
    return group if isinstance(group, int) else grp.getgrnam(group).gr_gid
