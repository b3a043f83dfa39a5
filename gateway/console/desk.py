"""What commands work on, handed in: the configuration's store, the mail service, programs, the clock, the file system.

The console builds one of the real things (`real`); tests build one of temporary folders and recorded answers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.console.programs import Programs, RealPrograms

if TYPE_CHECKING:
    from gateway.apply.confirm import Confirmation
    from gateway.config.applier import Applier
    from gateway.config.store import Store

CONTROL = Path("/run/mailward/control")


class Asks(Protocol):
    """The mail service, by its control socket."""

    def ask(self, command: str, **arguments: Any) -> Any: ...


def _control(timeout: float) -> Asks:
    from gateway.service.client import ControlClient

    return ControlClient(CONTROL, timeout)


def _store() -> Store:
    from gateway.console.opening import store

    return store()


def _applier() -> Applier:
    from gateway.console.opening import applier

    return applier()


def _confirmation() -> Confirmation | None:
    from gateway.console.opening import confirmation

    return confirmation()


@dataclass
class Desk:
    """Attributes:
    open_store: makes the store; it is asked for once, and only by commands that need it.
    applier: makes what puts a commit into effect.
    service: the mail service, with a time to wait for its answer in seconds.
    confirmation: what takes back a commit that nobody confirms; None where there is no such thing.
    remote: whoever calls came over the network, and not to the screen or the serial line.
    root: the file system; what commands read and write is below it.
    """

    open_store: Callable[[], Store] = _store
    applier: Callable[[], Applier] = _applier
    service: Callable[[float], Asks] = _control
    programs: Programs = field(default_factory=RealPrograms)
    confirmation: Callable[[], Confirmation | None] = _confirmation
    remote: bool = field(default_factory=lambda: "SSH_CONNECTION" in os.environ)
    root: Path = Path("/")
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _opened: Store | None = None

    @property
    def store(self) -> Store:
        if self._opened is None:
            self._opened = self.open_store()
        return self._opened

    def pending(self, user: str) -> int:
        """How many changes a user has not committed."""
        return len(self.store.pending(user))

    def ask(self, command: str, **arguments: Any) -> Any:
        """The mail service's answer. Raises NotRunning, RemoteError."""
        return self.service(60).ask(command, **arguments)
