"""Putting the real parts together: who calls, the store, the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.console.desk import Desk
from gateway.console.dispatch import Dispatcher
from gateway.console.glance import Seen, glance
from gateway.console.identity import here

if TYPE_CHECKING:
    from gateway.apply.confirm import Confirmation
    from gateway.config.applier import Applier
    from gateway.config.store import Store

CONFIGURATION = Path("/configuration")
APPLIANCE = Path("/run/mailward-config")  # the start of the appliance makes it


def seen(folder: Path | None = None) -> Seen:
    return glance((folder or CONFIGURATION) / "config.xml")


def store() -> Store:
    from gateway.config.store import Store

    return Store(CONFIGURATION)


def applier() -> Applier:
    """The appliance's. Elsewhere a commit changes files only."""
    if not APPLIANCE.is_dir():
        from gateway.config.applier import AppliesNothing

        return AppliesNothing()
    from gateway.apply.applier import live_applier

    return live_applier()


def confirmation() -> Confirmation | None:
    if not APPLIANCE.is_dir():
        return None
    from gateway.apply.confirm import Confirmation
    from gateway.apply.programs import SystemPrograms

    return Confirmation(SystemPrograms(), time.time)


def dispatcher(out: Callable[[str], None]) -> Dispatcher:
    """For whoever called this process. Raises NoAccount."""
    return Dispatcher(here(seen().users), Desk(), out)
