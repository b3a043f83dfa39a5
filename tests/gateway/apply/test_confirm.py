"""A commit that nobody confirms is taken back, whoever is gone by then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.apply.boot import WHO, revert
from gateway.apply.confirm import Confirmation, risks
from gateway.apply.errors import NothingToConfirm, StepFailed
from gateway.config import edit
from tests.gateway.apply.made import Recorded, config, interface
from tests.gateway.config.made import Applied, store


def confirmation(folder: Path, programs: Recorded | None = None) -> Confirmation:
    return Confirmation(programs or Recorded(), lambda: 1000.0, folder / "state/unconfirmed.json")


def commit(folder: Path, hostname: str, applier: Applied) -> None:
    place = store(folder)
    place.edit("ann", edit.update(place.candidate("ann").config, (), hostname=hostname))
    place.commit("ann", "", applier)


def test_taken_back(tmp_path: Path) -> None:
    programs, applier = Recorded(), Applied()
    waiting = confirmation(tmp_path, programs)
    waiting.arm(store(tmp_path).running().number, "ann", 300)
    commit(tmp_path, "far.example.com", applier)
    assert any(
        "--on-active=300" in call and call.endswith("mailward apply revert") for call in programs.calls
    )
    # Another process, much later.
    told = revert(store(tmp_path), confirmation(tmp_path), applier)
    assert "ann" in told
    running = store(tmp_path).running()
    assert (running.config.hostname, running.who) == ("mx.example.com", WHO)
    assert applier.calls[-1] == ("far.example.com", "mx.example.com")
    assert confirmation(tmp_path).pending() is None
    revert(store(tmp_path), confirmation(tmp_path), applier)
    assert store(tmp_path).running().number == running.number, "once is enough"


def test_confirmed(tmp_path: Path) -> None:
    programs = Recorded()
    waiting = confirmation(tmp_path, programs)
    waiting.arm(1, "ann")
    assert waiting.confirm().user == "ann"
    assert programs.calls[-1] == "-systemctl stop mailward-unconfirmed.timer"
    with pytest.raises(NothingToConfirm):
        waiting.confirm()


def test_two_in_a_row_go_back_to_before_both(tmp_path: Path) -> None:
    waiting, applier = confirmation(tmp_path), Applied()
    waiting.arm(store(tmp_path).running().number, "ann")
    commit(tmp_path, "one.example.com", applier)
    waiting.arm(store(tmp_path).running().number, "ann")
    commit(tmp_path, "two.example.com", applier)
    revert(store(tmp_path), waiting, applier)
    assert store(tmp_path).running().config.hostname == "mx.example.com"


def test_a_commit_that_never_came_about(tmp_path: Path) -> None:
    waiting = confirmation(tmp_path)
    waiting.arm(store(tmp_path).running().number, "ann")
    assert "never came about" in revert(store(tmp_path), waiting, Applied())
    assert store(tmp_path).running().number == 1


def test_without_a_timer_there_is_no_promise(tmp_path: Path) -> None:
    waiting = confirmation(tmp_path, Recorded("systemd-run"))
    with pytest.raises(StepFailed, match="confirmation"):
        waiting.arm(1, "ann")
    assert waiting.pending() is None


HERE = config(ip_interfaces=[interface()], users=[{"user_name": "ann", "role": "administrator"}])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"ip_interfaces": [interface(ipv4="192.0.2.11")]}, "addresses of the interfaces"),
        ({"ip_interfaces": [interface(ssh=False)]}, "where SSH is on"),
        ({"ip_interfaces": []}, "addresses of the interfaces"),
        ({"ssh": {"port": 2222}}, "the SSH server"),
        ({"admin_access": {"allowed_hosts": ["10.0.0.1"]}}, "hosts that may log in"),
        ({"routing": {"default_gateway": "192.0.2.1"}}, "routes"),
        ({"nic_pairs": [{"pair_name": "P", "ports": ["Data 1", "Data 2"]}]}, "ports, VLANs or pairs"),
        ({"users": [{"user_name": "ann", "role": "guest"}]}, "your own account"),
        ({"users": [{"user_name": "ann", "role": "administrator", "enabled": False}]}, "your own account"),
    ],
)
def test_what_can_cut_off(change: dict[str, Any], what: str) -> None:
    assert what in risks(HERE, _changed(change), "ann")


def _changed(change: dict[str, Any]) -> Any:
    return type(HERE).model_validate(HERE.model_dump() | change)


@pytest.mark.parametrize(
    "change",
    [{}, {"hostname": "b.example.com"}, {"dns": {"servers": [{"ip": "10.0.0.1"}]}}, {"ftp": {"port": 2121}}],
)
def test_what_cannot(change: dict[str, Any]) -> None:
    assert risks(HERE, _changed(change), "ann") == ()
