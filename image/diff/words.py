"""A difference in words: for a terminal, and as Markdown for release notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from image.diff.compare import Change, Difference, Kind, Size

MIB = 1 << 20
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}
_UNKNOWN = "not compared: one side is a bill of materials, which tells no files"
_PARTS = {"root": "root file system", "verity": "verity data", "uki": "kernel image"}


def _sections(difference: Difference) -> list[tuple[str, Sequence[Change] | None, bool]]:
    """Heading, changes, and whether before and after are versions that a person reads."""
    return [
        ("Debian packages", difference.debian, True),
        ("Python packages", difference.python, True),
        ("Units", difference.units, False),
        ("Configuration files", difference.configuration, False),
    ]


def counts(changes: Sequence[Change]) -> str:
    """`2 added, 14 changed`; `none` if there is none."""
    numbers = ((kind, sum(change.kind is kind for change in changes)) for kind in Kind)
    return ", ".join(f"{number} {kind}" for kind, number in numbers if number) or "none"


def _versions(change: Change) -> str:
    return " -> ".join(word for word in (change.before, change.after) if word)


def _size(size: Size) -> str:
    name = _PARTS.get(size.part, size.part)
    if size.before is None or size.after is None:
        known = size.after if size.before is None else size.before
        return f"{name}: {(known or 0) / MIB:.1f} MiB on one side, unknown on the other"
    if size.before == size.after:
        return f"{name}: {size.after / MIB:.1f} MiB as before"
    by = (size.after - size.before) / MIB
    return f"{name}: {size.before / MIB:.1f} -> {size.after / MIB:.1f} MiB ({by:+.1f})"


def text(difference: Difference) -> Iterator[str]:
    """Line by line."""
    yield f"{difference.before} -> {difference.after}"
    if difference.kernel:
        yield f"Kernel: {_versions(difference.kernel)}"
    for heading, changes, versions in _sections(difference):
        yield f"{heading}: {_UNKNOWN if changes is None else counts(changes)}"
        for change in changes or ():
            shown = f" {_versions(change)}" if versions else ""
            yield f"  {_SIGNS[change.kind]} {change.name}{shown}"
            yield from (f"      {line}" for line in change.lines)
    if difference.sizes:
        yield "Sizes:"
        yield from (f"  {_size(size)}" for size in difference.sizes)


def markdown(difference: Difference) -> Iterator[str]:
    """For release notes: what did not change is not mentioned."""
    yield f"## Changes from {difference.before} to {difference.after}"
    if difference.kernel:
        yield from (
            "",
            f"The kernel is {difference.kernel.after} (was {difference.kernel.before or 'unknown'}).",
        )
    for heading, changes, versions in _sections(difference):
        if not changes:
            continue
        yield from ("", f"### {heading}: {counts(changes)}", "")
        if versions:
            yield from ("| package | before | now |", "| --- | --- | --- |")
            for change in changes:
                yield f"| {change.name} | {change.before or '(new)'} | {change.after or '(gone)'} |"
        else:
            yield from (f"- `/{change.name}` {change.kind}" for change in changes)
    if difference.sizes:
        yield from ("", "### Sizes", "")
        yield from (f"- {_size(size)}" for size in difference.sizes)
