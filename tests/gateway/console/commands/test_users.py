"""`userconfig` and `passwd`."""

import pytest

from gateway.config.elements.roles import Role
from gateway.console.commands.users import LastAdministrator, NoPassword
from gateway.console.errors import BadAnswer, NotPermitted
from gateway.console.identity import Identity
from tests.gateway.console.scripted import Console


def test_an_account_from_a_dialogue(console: Console) -> None:
    shown = console.dialogue(
        "userconfig", "new", "root", "bob", "Bob", "2", "weak", "Correct-Horse-7", "Correct-Horse-7", ""
    )
    assert "is a name the system has for itself" in shown.lower()
    assert "The passphrase must have" in shown and "Correct-Horse" not in shown
    [bob] = console.config.users
    assert (bob.role, bob.full_name, bob.password_hash[:3]) == (Role.OPERATOR, "Bob", "$y$")


def test_what_is_printed_has_no_hash(console: Console) -> None:
    console.batch("userconfig", "new", "bob", secrets=["Correct-Horse-7"])
    assert console.batch("userconfig")[0]["password_hash"] is True
    assert "$y$" not in str(console.batch("userconfig", "print")) + console.text("userconfig")


def test_a_passphrase_is_never_a_word(console: Console) -> None:
    with pytest.raises(BadAnswer):
        console.batch("userconfig", "new", "bob", "passphrase=Correct-Horse-7", "role=guest")


def test_nobody_takes_away_the_account_in_use(console: Console) -> None:
    console.batch("userconfig", "new", "alice", "role=administrator", secrets=["Correct-Horse-7"])
    with pytest.raises(LastAdministrator):
        console.batch("userconfig", "delete", "alice", "--yes")
    with pytest.raises(LastAdministrator):
        console.batch("userconfig", "enable", "alice", "enabled=no")


def test_an_operator_has_no_userconfig(console: Console) -> None:
    console.who = Identity("alice", Role.OPERATOR, 1001)
    with pytest.raises(NotPermitted):
        console.batch("userconfig", "new", "eve", "role=administrator", secrets=["Correct-Horse-7"])


def test_ones_own_passphrase_is_changed_at_once_and_nothing_else(console: Console) -> None:
    with pytest.raises(NoPassword):
        console.batch("passwd", secrets=["Correct-Horse-7"])
    console.batch("userconfig", "new", "alice", "role=administrator", secrets=["Correct-Horse-7"])
    console.batch("commit")
    before = console.store.running().config.users[0].password_hash
    console.batch("sethostname", "mx.example.net")
    console.who = Identity("alice", Role.HELPDESK, 1001)
    console.batch("passwd", secrets=["Another-Horse-8"])
    running = console.store.running().config
    assert running.users[0].password_hash != before
    assert running.hostname == "mail.example.com"
    assert console.config.hostname == "mx.example.net"
