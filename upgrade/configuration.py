"""What an upgrade needs of the configuration. The floor above hands in what fits this."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class ConfigurationStore(Protocol):
    """Each call may raise a `MailwardError`."""

    def running(self) -> bytes:
        """The document that runs, secrets and all."""

    def masked(self) -> bytes:
        """The same for people: its passwords are masked, so it cannot be loaded again (U2)."""

    def file_name(self, when: datetime, version: str) -> str:
        """What a saved copy is called: it names the machine, the time and the version that is left (U2)."""

    def replace(self, document: bytes, why: str) -> None:
        """Make `document` what runs, durably and whole or not at all, as at the next start of the service."""
