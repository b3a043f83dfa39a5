"""Who puts a configuration into effect. The store calls it; it knows nothing of candidates and files."""

from __future__ import annotations

from typing import Protocol

from gateway.config.model import Config


class Applier(Protocol):
    """Renders a configuration and makes the running system follow it."""

    def apply(self, old: Config | None, new: Config) -> None:
        """Make the system follow `new`; it follows `old` now (None: not known, so everything is set).

        When this is called `new` is already what stands in config.xml. Raises a MailwardError if it cannot be done;
        the store then puts the old file back and calls this again the other way round.
        """


class AppliesNothing:
    """For a machine that is not an appliance, and for tests."""

    def apply(self, old: Config | None, new: Config) -> None:
        return
