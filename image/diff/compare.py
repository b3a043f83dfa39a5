"""What differs between the contents of two images."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from image.diff.contents import Contents

_UNITS = ("usr/lib/systemd/system/", "etc/systemd/system/")
_LINES = 40


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """before and after: versions, digests or link targets; empty on the side that does not have it.

    lines: of a unified diff, where the files themselves were compared.
    """

    kind: Kind
    name: str
    before: str = ""
    after: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """In bytes; None on the side that does not tell."""

    part: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """configuration and units are None if one side does not tell its files. sizes: those of either side."""

    before: str
    after: str
    kernel: Change | None
    debian: tuple[Change, ...]
    python: tuple[Change, ...]
    units: tuple[Change, ...] | None
    configuration: tuple[Change, ...] | None
    sizes: tuple[Size, ...]

    @property
    def same(self) -> bool:
        """Nothing differs in what both sides tell."""
        parts = (self.debian, self.python, self.units, self.configuration)
        return not any(parts) and all(
            size.before == size.after for size in self.sizes if None not in (size.before, size.after)
        )


def compare(before: Contents, after: Contents) -> Difference:
    debian, python = (
        _changes(_of_type(before.packages, kind), _of_type(after.packages, kind)) for kind in ("deb", "pypi")
    )
    units = configuration = None
    if before.configuration is not None and after.configuration is not None:
        files = _changes(before.configuration, after.configuration, before.texts, after.texts)
        units = tuple(change for change in files if change.name.startswith(_UNITS))
        configuration = tuple(change for change in files if not change.name.startswith(_UNITS))
    kernel = None
    if before.kernel != after.kernel:
        kernel = Change(Kind.CHANGED, "kernel", before.kernel, after.kernel)
    parts = dict.fromkeys([*before.sizes, *after.sizes])
    sizes = tuple(Size(part, before.sizes.get(part), after.sizes.get(part)) for part in parts)
    return Difference(before.name, after.name, kernel, debian, python, units, configuration, sizes)


def _of_type(packages: Mapping[tuple[str, str], str], kind: str) -> dict[str, str]:
    return {name: version for (of, name), version in packages.items() if of == kind}


def _changes(
    before: Mapping[str, str],
    after: Mapping[str, str],
    old: Mapping[str, str] | None = None,
    new: Mapping[str, str] | None = None,
) -> tuple[Change, ...]:
    found = []
    for name in sorted({*before, *after}):
        if name not in before:
            found.append(Change(Kind.ADDED, name, after=after[name]))
        elif name not in after:
            found.append(Change(Kind.REMOVED, name, before=before[name]))
        elif before[name] != after[name]:
            lines = _lines((old or {}).get(name), (new or {}).get(name))
            found.append(Change(Kind.CHANGED, name, before[name], after[name], lines))
    return tuple(found)


def _lines(old: str | None, new: str | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    shown = [line for line in lines if not line.startswith("@@")]
    if len(shown) > _LINES:
        shown = [*shown[:_LINES], f"… and {len(shown) - _LINES} more lines"]
    return tuple(shown)
