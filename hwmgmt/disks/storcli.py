"""MegaRAID controllers through storcli or perccli, the same program under two makers' names.

`/call show J` prints one JSON document with the virtual drives ("VD LIST") and the physical ones ("PD LIST")
of each controller. Progress of a rebuild takes other commands and is not read here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hwmgmt.disks.states import NO_ERROR, Array, ArrayState, Drive, DriveState
from hwmgmt.program import Runner
from hwmgmt.reading import Reading, Reason, known, missing, under

# Makers install to /opt, which is on nobody's PATH.
PROGRAMS = (
    "storcli64",
    "storcli2",
    "perccli64",
    "/opt/MegaRAID/storcli/storcli64",
    "/opt/MegaRAID/storcli2/storcli2",
    "/opt/MegaRAID/perccli/perccli64",
)

_VIRTUAL = {
    "optl": ArrayState.OPTIMAL,
    "dgrd": ArrayState.DEGRADED,
    "pdgd": ArrayState.DEGRADED,
    "rec": ArrayState.REBUILDING,
    "ofln": ArrayState.FAILED,
    "failed": ArrayState.FAILED,
}
_PHYSICAL = {
    "onln": DriveState.HEALTHY,
    "conf": DriveState.HEALTHY,
    "jbod": DriveState.HEALTHY,
    "ghs": DriveState.SPARE,
    "dhs": DriveState.SPARE,
    "ugood": DriveState.SPARE,
    "rbld": DriveState.REBUILD,
    "cpybck": DriveState.REBUILD,
    "offln": DriveState.FAILURE,
    "ubad": DriveState.FAILURE,
    "failed": DriveState.FAILURE,
    "missing": DriveState.FAILURE,
    "msng": DriveState.FAILURE,
}


def parse_storcli(text: str, source: str = "storcli") -> tuple[Array, ...]:
    """Arrays of all controllers in the output of `/call show J`. Raises ValueError.

    Keys that are absent or of another type are passed over; a state that is not known stays unknown, never
    healthy.
    """
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(document, dict) or not isinstance(document.get("Controllers"), list):
        raise ValueError("no list of controllers")
    return tuple(array for item in document["Controllers"] for array in _controller(item, source))


def _controller(item: Any, source: str) -> Iterator[Array]:
    if not isinstance(item, dict):
        return
    status, data = _table(item, "Command Status"), _table(item, "Response Data")
    number = status.get("Controller", "?")
    drives: dict[str, list[Drive]] = {}
    for row in _rows(data, "PD LIST", "Physical Device Information"):
        drives.setdefault(_word(row, "DG"), []).append(_drive(row))
    for row in _rows(data, "VD LIST", "Virtual Drives"):
        # "0/1" is drive group 0, virtual drive 1.
        place = _word(row, "DG/VD")
        group = place.partition("/")[0]
        members = tuple(drives.get(group, ()))
        yield Array(
            name=f"c{number}/v{place.rpartition('/')[2]}",
            level=_word(row, "TYPE").lower() or "unknown",
            state=_state(_VIRTUAL.get(_word(row, "State").lower(), ArrayState.UNKNOWN), members),
            drives=members,
            progress=missing(Reason.UNSUPPORTED, "not part of this report", unit="%"),
            source=source,
        )


def _state(state: ArrayState, drives: tuple[Drive, ...]) -> ArrayState:
    """A controller calls an array degraded during its rebuild too."""
    rebuilding = any(drive.state is DriveState.REBUILD for drive in drives)
    return ArrayState.REBUILDING if state is ArrayState.DEGRADED and rebuilding else state


def _drive(row: Mapping[str, Any]) -> Drive:
    word = _word(row, "State")
    state = _PHYSICAL.get(word.lower(), DriveState.UNKNOWN)
    bad = state in (DriveState.FAILURE, DriveState.UNKNOWN)
    return Drive(_word(row, "EID:Slt") or "?", state, f"state {word or 'not given'}" if bad else NO_ERROR)


def _table(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _rows(data: Mapping[str, Any], *keys: str) -> Iterator[dict[str, Any]]:
    for key in keys:
        value = data.get(key)
        if isinstance(value, list):
            yield from (row for row in value if isinstance(row, dict))


def _word(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key, "")
    return str(value).strip() if isinstance(value, str | int) else ""


def find_program(root: Path = Path("/")) -> str | None:
    """The program that is installed, with its path."""
    folders = ("usr/sbin", "usr/bin", "sbin", "bin", "usr/local/sbin", "usr/local/bin")
    for name in PROGRAMS:
        places = [name] if name.startswith("/") else [f"{folder}/{name}" for folder in folders]
        for place in places:
            if under(root, place).is_file():
                return str(under(root, place))
    return None


def read_controllers(root: Path, run: Runner, *, deadline: float = 10.0) -> Reading[tuple[Array, ...]]:
    """Arrays of MegaRAID controllers. Absent without the program, or without a controller."""
    program = find_program(root)
    if program is None:
        return missing(Reason.ABSENT, "neither storcli nor perccli is installed")
    finished = run([program, "/call", "show", "J"], deadline=deadline)
    if finished.value is None:
        return missing(finished.reason, finished.detail)
    try:
        arrays = parse_storcli(finished.value.output, Path(program).name)
    except ValueError as error:
        return missing(Reason.MALFORMED, f"{program}: {error}")
    return known(arrays) if arrays else missing(Reason.ABSENT, f"{program}: no virtual drive")
