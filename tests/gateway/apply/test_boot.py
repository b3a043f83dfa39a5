"""The start of the appliance: first configuration, what a power cut left, and never without a way in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gateway.apply.boot import boot
from gateway.apply.confirm import Confirmation
from gateway.config import xml
from gateway.config.applier import AppliesNothing
from gateway.config.store import Store
from gateway.firstboot.volumes import RealVolumes
from tests.gateway.apply.made import KEY, Recorded
from tests.gateway.apply.test_plan import FACTORY


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine before its first boot, with no stick and no CD."""
    monkeypatch.setattr("gateway.apply.writer._gid", lambda group: os.getgid())
    monkeypatch.setattr("gateway.apply.writer._uid", lambda owner: os.getuid())
    monkeypatch.setattr("os.chown", lambda *arguments: None)
    monkeypatch.setattr(RealVolumes, "_settle", lambda self: None)
    (tmp_path / "usr/share/mailward").mkdir(parents=True)
    shutil.copy(FACTORY, tmp_path / "usr/share/mailward/config.xml")
    (tmp_path / "var/configuration").mkdir(parents=True)
    return tmp_path


def credential(root: Path, name: str, content: str) -> None:
    folder = root / "run/credentials/@system"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)


def start(root: Path) -> list[str]:
    said: list[str] = []
    folder = root / "var/configuration"
    waiting = Confirmation(Recorded(), lambda: 0.0, root / "var/lib/unconfirmed.json")
    boot(root, Store(folder), waiting, Recorded(), said.append)
    return said


def running(root: Path) -> str:
    return xml.load(root / "var/configuration/config.xml").hostname


def test_out_of_the_box(root: Path) -> None:
    assert start(root) == ["first configuration: from the release"]
    assert running(root) == "mailward.localdomain"
    assert (root / "run/userdb/admin.user").exists()
    assert start(root) == []


def test_a_credential_is_the_first_configuration_and_only_that(root: Path) -> None:
    credential(root, "mailward.configuration", "<config><hostname>a.example.com</hostname></config>")
    credential(root, "mailward.admin.password", "$6$salt$hash\n")
    credential(root, "mailward.admin.authorized-keys", f"# ours\n{KEY}\n")
    assert start(root) == ["first configuration: from the credential mailward.configuration"]
    assert running(root) == "a.example.com"
    assert (root / "run/ssh-admin/admin").read_text() == f"{KEY}\n"
    assert "$6$salt$hash" in (root / "run/userdb/admin.user-privileged").read_text()
    credential(root, "mailward.configuration", "<config><hostname>b.example.com</hostname></config>")
    assert start(root) == []
    assert running(root) == "a.example.com"


def test_a_bad_one_is_refused_whole_and_said(root: Path) -> None:
    bad = "<config><hostname>a.example.com</hostname><hostnam>x</hostnam></config>"
    credential(root, "mailward.configuration", bad)
    said = start(root)
    assert "did you mean <hostname>?" in said[0] and "Nothing of it was taken" in said[0]
    assert running(root) == "mailward.localdomain"


def test_an_unconfirmed_commit_does_not_outlive_the_power(root: Path) -> None:
    start(root)
    folder = root / "var/configuration"
    store = Store(folder)
    waiting = Confirmation(Recorded(), lambda: 0.0, root / "var/lib/unconfirmed.json")
    waiting.arm(store.running().number, "ann")
    store.edit("ann", store.running().config.model_copy(update={"hostname": "far.example.com"}))
    store.commit("ann", "", AppliesNothing())
    said = start(root)
    assert len(said) == 1 and "nobody confirmed" in said[0]
    assert running(root) == "mailward.localdomain"
    assert (root / "run/mailward-config/hostname").read_text() == "mailward.localdomain\n"


def test_a_configuration_nobody_can_read_still_lets_people_in(root: Path) -> None:
    (root / "var/configuration/config.xml").write_text("<config><host")
    credential(root, "mailward.admin.authorized-keys", KEY)
    said = start(root)
    assert "not well-formed" in said[0] and "those of the release" in said[0]
    assert (root / "run/ssh-admin/admin").exists()
    assert (root / "var/configuration/config.xml").read_text() == "<config><host", "for whoever repairs it"


def test_a_value_that_cannot_be_written_still_lets_people_in(root: Path) -> None:
    """Taken by the model, and refused by the templates: the release's configuration stands in."""
    evil = "<dns><servers><server><ip>fe80::1%a&#10;b</ip></server></servers></dns>"
    path = root / "var/configuration/config.xml"
    path.write_text(f"<config><hostname>mx.example.com</hostname>{evil}</config>")
    said = start(root)
    assert "control character" in " ".join(said) or "not usable" in " ".join(said)
    assert "those of the release" in said[0]
    assert (root / "run/userdb/admin.user").exists()
