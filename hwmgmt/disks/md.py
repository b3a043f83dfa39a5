"""Linux software RAID, from sysfs (Documentation/admin-guide/md.rst) and /proc/mdstat; no mdadm is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.disks.states import NO_ERROR, Array, ArrayState, Drive, DriveState
from hwmgmt.reading import Reading, Reason, known, list_names, missing, read_int, read_text


@dataclass(frozen=True, slots=True)
class MdLine:
    """An array as /proc/mdstat shows it: members with their flags, slots in use ("UU_"), progress in %."""

    name: str
    active: bool
    level: str
    members: tuple[tuple[str, str], ...]
    slots: str
    action: str
    percent: float | None


_HEAD = re.compile(
    r"(md\S*) : (active|inactive)(?: \((?:auto-)?read-only\))?"  # name and whether it runs
    r"(?: (\S+))?((?: \S+\[\d+\](?:\(\w\))*)*)\s*"  # level, members with slot and flags
)
_MEMBER = re.compile(r"(\S+?)\[\d+\]((?:\(\w\))*)")
_SLOTS = re.compile(r"\[\d+/\d+\] \[([U_]+)\]")
_PROGRESS = re.compile(r"(resync|recovery|check|repair|reshape)\s*=\s*(\d{1,3}(?:\.\d+)?)%", re.ASCII)


def parse_mdstat(text: str) -> tuple[MdLine, ...]:
    """Arrays in /proc/mdstat. Lines of other shapes are passed over: the file's form keeps growing."""
    found: list[MdLine] = []
    body: list[str] = []
    head: re.Match[str] | None = None
    for line in [*text.splitlines(), "end : "]:
        if line[:1].isspace() or not line:
            body.append(line)
            continue
        if head is not None:
            found.append(_array(head, "\n".join(body)))
        head, body = _HEAD.fullmatch(line), []
    return tuple(found)


def _array(head: re.Match[str], body: str) -> MdLine:
    level = head[3] or ""
    # An inactive array has no level: what stands in its place is the first member.
    members, level = (f"{level}{head[4]}", "") if "[" in level else (head[4], level)
    slots = _SLOTS.search(body)
    progress = _PROGRESS.search(body)
    return MdLine(
        name=head[1],
        active=head[2] == "active",
        level=level,
        members=tuple((name, flags) for name, flags in _MEMBER.findall(members)),
        slots=slots[1] if slots else "",
        action=progress[1] if progress else "",
        percent=float(progress[2]) if progress else None,
    )


def read_md(root: Path) -> Reading[tuple[Array, ...]]:
    """All md arrays; absent if there is none."""
    names = list_names(root, "sys/block")
    if names.value is None:
        return missing(names.reason, names.detail)
    lines = {
        line.name: line for line in parse_mdstat(read_text(root, "proc/mdstat", limit=1 << 20).otherwise(""))
    }
    arrays = [
        _read_array(root, name, lines.get(name))
        for name in names.value
        if name.startswith("md") and list_names(root, f"sys/block/{name}/md").ok
    ]
    return known(tuple(arrays)) if arrays else missing(Reason.ABSENT, "no md array")


def _read_array(root: Path, name: str, line: MdLine | None) -> Array:
    place = f"sys/block/{name}/md"
    state = read_text(root, f"{place}/array_state").otherwise("")
    drives = tuple(
        _read_drive(root, f"{place}/{entry}", entry.removeprefix("dev-"))
        for entry in list_names(root, place).otherwise(())
        if entry.startswith("dev-")
    )
    percent = line.percent if line else None
    return Array(
        name=name,
        level=read_text(root, f"{place}/level").otherwise("unknown"),
        state=array_state(state, read_int(root, f"{place}/degraded").otherwise(0), drives),
        drives=drives,
        progress=_sync_progress(root, place, percent),
        source="md",
    )


def array_state(state: str, degraded: int, drives: tuple[Drive, ...]) -> ArrayState:
    """`state` is array_state, `degraded` the number of missing members.

    sync_action is not asked: for a moment after a member failed it says "recover", with nothing to recover onto.
    """
    if not state:
        return ArrayState.UNKNOWN
    if state in ("clear", "inactive", "suspended") or state == "broken":
        return ArrayState.FAILED
    if degraded == 0:
        return ArrayState.OPTIMAL
    rebuilding = any(drive.state is DriveState.REBUILD for drive in drives)
    return ArrayState.REBUILDING if rebuilding else ArrayState.DEGRADED


def _sync_progress(root: Path, place: str, percent: float | None) -> Reading[float]:
    """sync_completed is "done / all" in sectors, or "none"."""
    completed = read_text(root, f"{place}/sync_completed").otherwise("none")
    done, _, whole = completed.partition(" / ")
    if done.isascii() and done.isdigit() and whole.isascii() and whole.isdigit() and int(whole):
        return known(round(100 * int(done) / int(whole), 1), "%")
    if percent is not None:
        return known(percent, "%")
    return missing(Reason.ABSENT, "nothing runs", unit="%")


# Words of dev-*/state, the gravest first.
_DRIVE_STATES = (
    ("faulty", DriveState.FAILURE),
    ("blocked", DriveState.FAILURE),
    ("want_replacement", DriveState.FAILURE),
    ("in_sync", DriveState.HEALTHY),
    ("journal", DriveState.HEALTHY),
)


def _read_drive(root: Path, place: str, name: str) -> Drive:
    words = read_text(root, f"{place}/state")
    slot = read_text(root, f"{place}/slot").otherwise("none")
    errors = read_int(root, f"{place}/errors").otherwise(0)
    last = f"{errors} corrected read errors" if errors else NO_ERROR
    if words.value is None:
        return Drive(name, DriveState.UNKNOWN, f"state could not be read ({words.reason})")
    said = words.value.split(",")
    for word, state in _DRIVE_STATES:
        if word in said:
            return Drive(name, state, word if state is DriveState.FAILURE else last)
    # A spare that has a slot is being filled.
    return Drive(name, DriveState.SPARE if slot == "none" else DriveState.REBUILD, last)
