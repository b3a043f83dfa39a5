"""Each file system has room for what the upgrade puts there, temporary copies included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hwmgmt.reading import Reading
from hwmgmt.size import MIB, format_size
from upgrade.preflight.check import Answer, CannotTell, Severity

JOURNAL = 1 * MIB
SPARE = 64 * MIB  # what the service may write to /var meanwhile: logs, mail under way
RELEASE = 512 * MIB  # as fetched, 190 MiB now, and its root and hash tree unpacked, 200 MiB
CONFIGURATION_COPIES = 4  # snapshot, encrypted checkpoint, copy being migrated, the one it replaces


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that something takes on the file system at `mount`."""

    mount: str
    what: str
    size: int


def needs(*, configuration: int, uki: int, var: str = "/var", esp: str = "/efi") -> tuple[Need, ...]:
    """Of an upgrade. `configuration` and `uki` are the bytes of what there is now; the next may be a quarter
    larger. The slots are partitions of their own, and are not files anywhere."""
    return (
        Need(var, "copies of the configuration", CONFIGURATION_COPIES * _larger(configuration)),
        Need(var, "the upgrade's journal", JOURNAL),
        Need(var, "the release, packed and unpacked", RELEASE),
        Need(var, "spare", SPARE),
        Need(esp, "the next release's kernel, beside this one's", _larger(uki)),
    )


def _larger(size: int) -> int:
    return size + size // 4


def judge(wanted: Sequence[Need], free: Mapping[str, Reading[int]]) -> Answer:
    """`free` has bytes by mount. Raises `CannotTell` if one is not known and none is too small."""
    totals: dict[str, int] = {}
    for need in wanted:
        totals[need.mount] = totals.get(need.mount, 0) + need.size
    short, unknown, fine = [], [], []
    for mount, size in totals.items():
        room = free[mount]
        if room.value is None:
            unknown.append(f"{mount} ({room.reason}: {room.detail})")
        elif room.value < size:
            why = ", ".join(f"{format_size(n.size)} for {n.what}" for n in wanted if n.mount == mount)
            short.append(f"{mount} has {format_size(room.value)} free of {format_size(size)} needed ({why})")
        else:
            fine.append(f"{mount} has {format_size(room.value)} free, {format_size(size)} needed")
    if short:
        return Answer(Severity.BLOCK, "; ".join(short), "Make room there, or give the disk more")
    if unknown:
        raise CannotTell(
            what=f"how much is free is not known of {', '.join(unknown)}",
            advice="Run it as root on the appliance",
        )
    return Answer(Severity.PASS, "; ".join(fine))
