"""Configurations as files."""

import pytest

from gateway.config.elements.roles import Role
from gateway.config.errors import ConfigBroken, ConfigUnreadable, Masked, NetworkQuestion
from gateway.console.commands.configuration import PlainNotForYou
from gateway.console.errors import BadAnswer, NotConfirmed, NotPermitted
from gateway.console.identity import Identity
from tests.gateway.console.scripted import Console


def with_user(console: Console) -> str:
    console.batch("userconfig", "new", "bob", secrets=["Correct-Horse-7"])
    console.batch("commit")
    return console.store.running().config.users[0].password_hash


def test_showconfig_masks_unless_told_otherwise(console: Console) -> None:
    secret = with_user(console)
    assert secret not in console.batch("showconfig")["xml"]
    assert secret in console.batch("showconfig", "mask=no")["xml"]
    console.who = Identity("alice", Role.READ_ONLY, 1001)
    with pytest.raises(PlainNotForYou):
        console.batch("showconfig", "no")


@pytest.mark.parametrize("passwords", ["encrypted", "plain"])
def test_what_is_saved_can_be_loaded(console: Console, passwords: str) -> None:
    secret = with_user(console)
    console.batch("saveconfig", passwords, "file=monday.xml")
    text = (console.desk.root / "configuration" / "monday.xml").read_text()
    assert (secret in text) == (passwords == "plain")
    console.batch("resetconfig", "--yes")
    assert console.config.users == []
    console.batch("loadconfig", "file", "monday.xml")
    assert console.config.users[0].password_hash == secret


def test_a_masked_file_is_for_reading(console: Console) -> None:
    with_user(console)
    console.batch("saveconfig", "file=monday.xml")
    with pytest.raises(Masked):
        console.batch("loadconfig", "file", "monday.xml")


@pytest.mark.parametrize("name", ["../x.xml", "/etc/x.xml", "config.xml", "x", "a b.xml", ".store/x.xml"])
def test_a_file_is_in_the_folder_and_nowhere_else(console: Console, name: str) -> None:
    with pytest.raises(BadAnswer):
        console.batch("saveconfig", "masked", f"file={name}")
    with pytest.raises(BadAnswer):
        console.batch("loadconfig", "file", f"file={name}")


def test_a_link_is_not_followed(console: Console) -> None:
    folder = console.desk.root / "configuration"
    (folder / "link.xml").symlink_to("/etc/passwd")
    with pytest.raises(ConfigUnreadable):
        console.batch("loadconfig", "file", "link.xml")


def test_a_broken_text_changes_nothing(console: Console) -> None:
    before = console.config
    with pytest.raises(ConfigBroken):
        console.batch("loadconfig", "paste", "text=<config><nonsense/></config>")
    assert console.config == before


def test_a_part_is_pasted_into_what_there_is(console: Console) -> None:
    part = ["<config>", "<time><timezone>Europe/Berlin</timezone></time>", "</config>"]
    console.dialogue("loadconfig", "2", *part, ".", "y")
    assert console.config.time.timezone == "Europe/Berlin"
    assert console.config.listeners[0].listener_name == "InboundMail"


def test_the_network_of_another_machine_is_a_question(console: Console) -> None:
    console.batch("saveconfig", "plain", "file=other.xml")
    path = console.desk.root / "configuration" / "other.xml"
    path.write_text(
        path.read_text().replace("421C73AF2D9E", "OTHER").replace("mail.example.com", "b.example.com")
    )
    with pytest.raises(NetworkQuestion):
        console.batch("loadconfig", "file", "other.xml")
    console.batch("loadconfig", "file", "other.xml", "network=keep")
    assert console.config.hostname == "mail.example.com"
    console.dialogue("loadconfig", "1", "1", "n", "2")
    assert console.config.hostname == "b.example.com"


def test_rollback_needs_a_revision_a_yes_and_an_administrator(console: Console) -> None:
    console.batch("sethostname", "mx.example.net")
    console.batch("commit")
    assert [entry["revision"] for entry in console.batch("rollbackconfig")] == [2, 1]
    with pytest.raises(NotConfirmed):
        console.batch("rollbackconfig", "r1")
    console.batch("rollbackconfig", "r1", "--yes")
    assert console.config.hostname == "mail.example.com"
    console.who = Identity("alice", Role.OPERATOR, 1001)
    with pytest.raises(NotPermitted):
        console.batch("rollbackconfig", "r1", "--yes")
