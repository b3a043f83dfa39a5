"""The running slot is blessed: nothing is installed while it is still being tried.

systemd-boot counts the tries of an entry in its file name: `NAME+LEFT-DONE.efi` is on trial, `NAME.efi` is
blessed (Automatic Boot Assessment in systemd's documentation). LoaderEntrySelected is the entry that booted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.reading import Reading, known, list_names, missing, under
from hwmgmt.reading import Reason as Why
from upgrade.preflight.check import Answer, CannotTell, Severity

VARIABLE = "sys/firmware/efi/efivars/LoaderEntrySelected-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
_COUNTER = re.compile(r"\+(?P<left>[0-9]+)(-(?P<done>[0-9]+))?(?=\.(efi|conf)$)", re.IGNORECASE)
_ATTRIBUTES = 4  # efivarfs puts four octets of attributes before the value
_LONGEST = 4096
WAIT = "Wait until the health check has passed, then try again; `mailward hw health` and `status` help to see"


@dataclass(frozen=True, slots=True)
class BootFacts:
    """The entry that booted, and the names of all entries' files in the ESP."""

    selected: Reading[str]
    entries: Reading[tuple[str, ...]]


def read_boot(root: Path, esp: str) -> BootFacts:
    """`esp` is where the ESP is mounted, below `root`. Never raises."""
    return BootFacts(_selected(under(root, VARIABLE)), list_names(root, f"{esp}/EFI/Linux"))


def _selected(place: Path) -> Reading[str]:
    try:
        with place.open("rb") as file:
            raw = file.read(_LONGEST)
    except OSError as error:
        return missing(Why.ABSENT, f"{place}: {error.strerror}")
    return parse_variable(raw)


def parse_variable(raw: bytes) -> Reading[str]:
    """The text of an EFI variable: four octets of attributes, then UTF-16 that ends with a zero."""
    try:
        text = raw[_ATTRIBUTES:].decode("utf-16-le").rstrip("\0")
    except UnicodeDecodeError as error:
        return missing(Why.MALFORMED, str(error))
    if not text or not text.isprintable():
        return missing(Why.MALFORMED, "it is not the name of an entry")
    return known(text)


def plain(name: str) -> str:
    """An entry's name without its counter, in lower case as systemd-boot compares."""
    return _COUNTER.sub("", name).lower()


def judge(facts: BootFacts) -> Answer:
    """Raises `CannotTell` if it is not known what booted."""
    selected, entries = facts.selected.value, facts.entries.value
    if selected is None or entries is None:
        gap = facts.selected if selected is None else facts.entries
        raise CannotTell(
            what=f"which entry booted is not known ({gap.reason}: {gap.detail})",
            advice="Run it as root on an appliance that was booted by its own systemd-boot",
        )
    same = [name for name in entries if plain(name) == plain(selected)]
    if not same:
        raise CannotTell(what=f"{selected} booted, and is not in the ESP", advice="Look at `bootctl list`")
    counted = [(name, match) for name in same if (match := _COUNTER.search(name))]
    if counted and len(same) > len(counted):
        return Answer(
            Severity.BLOCK,
            f"{plain(selected)} is in the ESP twice, on trial and blessed",
            "Remove the entry with the counter: `bootctl list` names them",
        )
    if counted:
        left, done = counted[0][1]["left"], counted[0][1]["done"] or "0"
        return Answer(
            Severity.BLOCK, f"{counted[0][0]} is on trial still: {done} tries made, {left} left", WAIT
        )
    return Answer(Severity.PASS, f"{same[0]} booted and is blessed")
