"""A commit that takes itself back unless somebody confirms it: for changes that can cut the administrator off.

The timer is systemd's, not ours, so that it outlives the session; what it needs to know is on `var`, so that a machine
that was switched off in despair comes up with the old configuration too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.apply.errors import NothingToConfirm, StepFailed, UnitFailed
from gateway.apply.machine import Admin
from gateway.apply.people import people
from gateway.apply.programs import Programs
from gateway.config.elements.roles import Role
from gateway.config.model import Config
from mailward.durable import sync_folder

STATE = Path("/var/lib/mailward-config/unconfirmed.json")
UNIT = "mailward-unconfirmed"
SECONDS = 300  # until it is taken back, if nobody says how long
LONGEST = 3600


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """`number` is the revision to go back to, `user` who committed, `until` the end in seconds since the epoch."""

    number: int
    user: str
    until: float


def risks(old: Config, new: Config, user: str = "") -> tuple[str, ...]:
    """What of the change can cut off who is logged in over the network, in words for a question. Pure."""
    return tuple(dict.fromkeys(_risks(old, new, user)))


def _risks(old: Config, new: Config, user: str) -> Iterator[str]:
    for what, get in _WAYS:
        if get(old) != get(new):
            yield what
    if user:
        before, after = ({p.name: p for p in people(c, Admin())}.get(user) for c in (old, new))
        if before and (after is None or after.role is not before.role):
            yield "your own account"
    if not any(p.role is Role.ADMINISTRATOR for p in people(new, Admin())):
        yield "no user is administrator"


def _addresses(config: Config) -> object:
    return [
        (i.port_name, i.dhcp, i.ipv4, i.ipv4_prefix, i.ipv6, i.ipv6_prefix)
        for i in config.ip_interfaces
        if i.port_name
    ]


_WAYS: tuple[tuple[str, Callable[[Config], object]], ...] = (
    ("addresses of the interfaces", _addresses),
    ("ports, VLANs or pairs", lambda c: (c.ethernet_ports, c.vlans, c.nic_pairs)),
    ("routes", lambda c: c.routing),
    ("the SSH server", lambda c: c.ssh),
    ("where SSH is on", lambda c: [(i.interface_name, i.ssh) for i in c.ip_interfaces]),
    ("hosts that may log in", lambda c: c.admin_access.allowed_hosts),
)


class Confirmation:
    """The one commit that may wait. `now` in seconds since the epoch."""

    def __init__(self, programs: Programs, now: Callable[[], float], state: Path = STATE) -> None:
        self._programs = programs
        self._now = now
        self._state = state

    def pending(self) -> Unconfirmed | None:
        """What waits, or None."""
        try:
            return Unconfirmed(**json.loads(self._state.read_text()))
        except FileNotFoundError:
            return None

    def arm(self, number: int, user: str, seconds: int = SECONDS) -> Unconfirmed:
        """To be called before the commit: in `seconds` the revision `number` is what runs again.

        A commit that follows one that waits goes back to what was before both. Raises StepFailed: do not commit then.
        """
        before = self.pending()
        armed = Unconfirmed(before.number if before else number, user, self._now() + seconds)
        self._write(armed)
        try:
            self._stop()
            self._programs.run(
                (
                    "systemd-run",
                    "--quiet",
                    "--collect",
                    f"--unit={UNIT}",
                    f"--on-active={seconds}",
                    "--timer-property=AccuracySec=1s",
                    f"--description=Take back the commit of {user} that nobody confirmed",
                    "/usr/bin/mailward",
                    "apply",
                    "revert",
                )
            )
        except UnitFailed as error:
            self._state.unlink(missing_ok=True)
            advice = "Commit without it, or look at what systemd says"
            raise StepFailed(step="confirmation", why=str(error), advice=advice) from error
        return armed

    def confirm(self) -> Unconfirmed:
        """The commit stays. Raises NothingToConfirm."""
        waiting = self.pending()
        if waiting is None:
            raise NothingToConfirm()
        self.disarm()
        return waiting

    def disarm(self) -> None:
        """Nothing waits any more: it was confirmed, taken back, or did not come about."""
        self._state.unlink(missing_ok=True)
        self._stop()

    def _stop(self) -> None:
        self._programs.run(("-systemctl", "stop", f"{UNIT}.timer"))

    def _write(self, armed: Unconfirmed) -> None:
        self._state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._state.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(asdict(armed), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._state)
        sync_folder(self._state.parent)
