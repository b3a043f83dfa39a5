from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config.applier import AppliesNothing
from gateway.config.errors import ConfigUnwritable
from gateway.config.machine import Machine
from gateway.config.store import Store
from gateway.upgrades.store import UpgradeStore
from upgrade.configuration import ConfigurationStore

OLD = b"<config><hostname>old.example</hostname></config>"
NEW = b"<config><hostname>new.example</hostname></config>"
MACHINE = Machine("C190", "ABC123", "14.2.3-027")


def made(tmp_path: Path) -> UpgradeStore:
    (tmp_path / "config.xml").write_bytes(OLD)
    return UpgradeStore(Store(tmp_path), lambda: MACHINE)


def test_what_is_put_there_is_there_byte_for_byte_and_can_go_back(tmp_path: Path) -> None:
    store: ConfigurationStore = made(tmp_path)
    assert store.running() == OLD
    store.replace(NEW, "migrated")
    assert store.running() == NEW and Store(tmp_path).running().config.hostname == "new.example"
    store.replace(OLD, "back")
    assert store.running() == OLD


def test_going_back_is_to_the_revision_of_before(tmp_path: Path) -> None:
    store = made(tmp_path)
    inner = Store(tmp_path)
    inner.edit("admin", inner.running().config.model_copy(update={"hostname": "committed.example"}))
    revision = inner.commit("admin", "name", AppliesNothing())
    before = store.running()
    store.replace(NEW, "migrated")
    assert Store(tmp_path).running().stamp.digest != revision.stamp.digest
    store.replace(before, "back")
    assert Store(tmp_path).running().stamp == revision.stamp


def test_u2_the_copy_is_masked_and_names_the_version(tmp_path: Path) -> None:
    store = made(tmp_path)
    when = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert store.file_name(when, "14.2.3-027") == "C190-ABC123-20261124T150000-14.2.3-027.xml"
    assert b"old.example" in store.masked()


def test_a_folder_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigUnwritable):
        UpgradeStore(Store(tmp_path / "file"), lambda: MACHINE).replace(NEW, "x")
