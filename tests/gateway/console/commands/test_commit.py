"""`commit`, `clear`, `sethostname`, and what is kept."""

from pathlib import Path

import pytest

from gateway.apply.confirm import Confirmation
from gateway.config.errors import NotApplied
from gateway.config.model import Config
from gateway.console.errors import BadAnswer, LoggedOut, NotConfirmed
from tests.gateway.apply.made import Recorded
from tests.gateway.config.made import Applied, Refused
from tests.gateway.console.scripted import Console


def test_changes_wait_for_commit(console: Console) -> None:
    console.batch("sethostname", "mx.example.net")
    assert console.store.running().config.hostname == "mail.example.com"
    shown = console.dialogue("commit", "moved house")
    assert "~ hostname: mail.example.com -> mx.example.net" in shown
    assert console.store.running().config.hostname == "mx.example.net"
    assert console.store.running().comment == "moved house"
    assert console.batch("commit") == {"committed": False}


def test_the_comment_is_all_the_words(console: Console) -> None:
    console.batch("sethostname", "mx.example.net")
    assert console.batch("commit", "moved", "house")["changes"] == ["hostname"]
    assert console.store.running().comment == "moved house"


def test_clear_drops_them_when_told_to(console: Console) -> None:
    console.batch("sethostname", "mx.example.net")
    with pytest.raises(NotConfirmed):
        console.batch("clear")
    assert console.batch("clear", "--yes") == {"cleared": 1}
    assert console.config.hostname == "mail.example.com"


def test_a_bad_name_is_one_sentence(console: Console) -> None:
    with pytest.raises(BadAnswer, match="must be a host name such as"):
        console.batch("sethostname", "a b")


def test_leaving_with_changes_in_hand_is_asked_about(console: Console) -> None:
    with pytest.raises(LoggedOut):
        console.dialogue("quit")
    console.batch("sethostname", "mx.example.net")
    with pytest.raises(NotConfirmed):
        console.dialogue("quit", "n")
    with pytest.raises(LoggedOut):
        console.dialogue("exit", "")


# -- changes that can cut the administrator off


def with_confirmation(console: Console, root: Path) -> Recorded:
    programs = Recorded()
    console.desk.remote = True
    console.desk.confirmation = lambda: Confirmation(programs, lambda: 0.0, root / "state/unconfirmed.json")
    return programs


def cut_off(console: Console) -> None:
    config = console.store.candidate("alice").config
    console.store.edit(
        "alice", config.model_copy(update={"ssh": config.ssh.model_copy(update={"port": 2222})})
    )


def test_a_person_is_asked_where_it_can_cut_them_off(console: Console, tmp_path: Path) -> None:
    programs = with_confirmation(console, tmp_path)
    cut_off(console)
    shown = console.dialogue("commit", "elsewhere", "120")
    assert "These changes can cut you off: the SSH server." in shown
    assert "taken back in 120 seconds" in shown
    assert any("--on-active=120" in call for call in programs.calls)
    assert console.batch("commit", "confirm") == {"confirmed": True, "user": "alice"}
    assert console.store.running().config.ssh.port == 2222


def test_nobody_is_cut_off_from_the_serial_line(console: Console, tmp_path: Path) -> None:
    programs = with_confirmation(console, tmp_path)
    console.desk.remote = False
    cut_off(console)
    assert "cut you off" not in console.dialogue("commit", "elsewhere")
    assert programs.calls == []


def test_other_changes_are_not_asked_about(console: Console, tmp_path: Path) -> None:
    programs = with_confirmation(console, tmp_path)
    console.batch("sethostname", "mx.example.net")
    console.dialogue("commit", "a name")
    assert programs.calls == []


def test_in_a_batch_it_is_said(console: Console, tmp_path: Path) -> None:
    with_confirmation(console, tmp_path)
    cut_off(console)
    assert console.batch("commit", "--confirm", "60")["confirm_within"] == 60


def test_a_commit_that_fails_waits_for_nobody(console: Console, tmp_path: Path) -> None:
    with_confirmation(console, tmp_path)

    class Once(Applied):
        def apply(self, old: Config | None, new: Config) -> None:
            if old is not None:
                raise Refused()

    console.desk.applier = Once
    cut_off(console)
    with pytest.raises(NotApplied):
        console.batch("commit", "--confirm", "60")
    waiting = console.desk.confirmation()
    assert waiting is not None and waiting.pending() is None


def test_confirm_is_a_comment_where_nothing_waits(console: Console, tmp_path: Path) -> None:
    with_confirmation(console, tmp_path)
    console.batch("sethostname", "mx.example.net")
    assert console.batch("commit", "confirm")["committed"] is True
