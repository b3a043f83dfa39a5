"""The configuration store as an upgrade sees it (`upgrade.configuration`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.config import xml
from gateway.config.durable import Disk
from gateway.config.errors import ConfigUnwritable
from gateway.config.lock import locked
from gateway.config.machine import Machine, identify
from gateway.config.saving import Saving
from gateway.config.secrets import Passwords
from gateway.config.store import Store


class UpgradeStore:
    """Fits `upgrade.configuration.ConfigurationStore`."""

    def __init__(
        self, store: Store, machine: Callable[[], Machine] = identify, disk: Disk | None = None
    ) -> None:
        self._store = store
        self._machine = machine
        self._disk = disk or Disk()

    def running(self) -> bytes:
        return xml.read(self._store.path)

    def masked(self) -> bytes:
        saving = Saving(self._machine(), datetime.now(UTC), Passwords.MASKED)
        return saving.text(self._store.running().config)

    def file_name(self, when: datetime, version: str) -> str:
        return self._machine().file_name(when, version=version)

    def replace(self, document: bytes, why: str) -> None:
        """As it is, byte for byte: the history takes it up as one that came from outside with the next commit, and
        knows that of before again when it comes back."""
        folder: Path = self._store.folder
        try:
            with locked(folder / ".store", self._disk, f"upgrade: {why}"):
                self._disk.write(self._store.path, document)
        except OSError as error:
            raise ConfigUnwritable(path=self._store.path, why=error.strerror or str(error)) from error
