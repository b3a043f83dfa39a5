"""All RAID arrays of the machine: Linux md, and MegaRAID controllers with storcli installed (H6)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hwmgmt.disks.md import read_md
from hwmgmt.disks.states import Array, ArrayState
from hwmgmt.disks.storcli import read_controllers
from hwmgmt.program import Runner, run
from hwmgmt.reading import Reading


@dataclass(frozen=True, slots=True)
class Raid:
    """Arrays by their source; a source that is absent says so."""

    md: Reading[tuple[Array, ...]]
    controllers: Reading[tuple[Array, ...]]

    @property
    def arrays(self) -> tuple[Array, ...]:
        return self.md.otherwise(()) + self.controllers.otherwise(())

    @property
    def worst(self) -> ArrayState | None:
        """The gravest state of all arrays; None without an array."""
        return max((array.state for array in self.arrays), key=_GRAVITY.index, default=None)


_GRAVITY = (
    ArrayState.OPTIMAL,
    ArrayState.UNKNOWN,
    ArrayState.REBUILDING,
    ArrayState.DEGRADED,
    ArrayState.FAILED,
)


def read_raid(root: Path = Path("/"), runner: Runner = run, *, deadline: float = 10.0) -> Raid:
    """Read all arrays; the controller's program has `deadline` seconds."""
    return Raid(read_md(root), read_controllers(root, runner, deadline=deadline))
