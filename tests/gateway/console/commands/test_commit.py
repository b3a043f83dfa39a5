"""`commit`, `clear`, `sethostname`, and what is kept."""

import pytest

from gateway.console.errors import BadAnswer, LoggedOut, NotConfirmed
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
