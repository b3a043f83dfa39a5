"""The commands' part of docs/console.md, written from the table and from recorded dialogues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.console.roles import RIGHTS
from gateway.console.table import Category, Command, commands, load

MARK = "<!-- From here on the page is written by the table and the recorded dialogues. -->\n"


def write_page(page: Path, transcripts: Path) -> None:
    """Put the part behind the mark anew."""
    head, _, _ = page.read_text().partition(MARK)
    page.write_text(head + MARK + "\n" + markdown(transcripts))


def markdown(transcripts: Path) -> str:
    """Every command: what it is for, who may, its words, and the dialogue in `<command>.txt` of the folder."""
    return "\n".join(_lines(transcripts)) + "\n"


def _lines(transcripts: Path) -> Iterator[str]:
    for category in Category:
        entries = [entry for entry in commands().values() if entry.category is category]
        if not entries:
            continue
        yield f"## {category}"
        yield ""
        for entry in entries:
            yield from _command(entry, transcripts / f"{entry.name}.txt")


def _command(entry: Command, transcript: Path) -> Iterator[str]:
    yield f"### {entry.name}"
    yield ""
    also = f" Also: {', '.join(f'`{name}`' for name in entry.aliases)}." if entry.aliases else ""
    waits = " Changes wait for `commit`." if entry.commit else ""
    roles = ", ".join(role.value for role, rights in RIGHTS.items() if entry.right in rights)
    yield f"{entry.summary}{waits}{also} For: {roles}."
    yield ""
    lines = load(entry.place).usage()
    if lines:
        yield "| words | |"
        yield "| --- | --- |"
        for words, text in lines:
            cell = f"{entry.name} {words}".rstrip().replace("|", "\\|")
            yield f"| `{cell}` | {text.replace('|', chr(92) + '|')} |"
        yield ""
    if transcript.exists():
        yield "```console"
        yield transcript.read_text().replace(" \n", "\n").rstrip("\n")
        yield "```"
        yield ""
