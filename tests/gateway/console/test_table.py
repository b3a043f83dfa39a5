"""The table: every line leads somewhere, names are found, roles hold."""

import pytest

from gateway.config.elements.roles import Role
from gateway.console.errors import Ambiguous, NotPermitted, UnknownCommand
from gateway.console.roles import RIGHTS, Right
from gateway.console.table import commands, find, load
from tests.gateway.console.scripted import Console


@pytest.mark.parametrize("name", list(commands()))
def test_every_line_has_a_handler_that_explains_itself(name: str) -> None:
    handler = load(commands()[name].place)
    assert callable(handler.run)
    for words, text in handler.usage():
        assert words or text
    handler.complete(())


def test_names_are_there_once() -> None:
    from gateway.console.entries import ENTRIES

    names = [name for entry in ENTRIES for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


def test_a_command_may_be_shortened_while_it_is_the_only_one() -> None:
    assert find("dnsco").name == "dnsconfig"
    assert find("EXIT").name == "quit"
    with pytest.raises(Ambiguous):
        find("s")


def test_an_unknown_command_gets_a_suggestion() -> None:
    with pytest.raises(UnknownCommand) as caught:
        find("dnsconfg")
    assert "dnsconfig" in caught.value.hint()
    with pytest.raises(UnknownCommand):
        find("xyzzy")


def test_an_administrator_may_everything_and_helpdesk_next_to_nothing() -> None:
    assert RIGHTS[Role.ADMINISTRATOR] == frozenset(Right)
    assert RIGHTS[Role.HELPDESK] == {Right.SELF}


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.TECHNICIAN])
def test_who_may_look_finds_no_operation_that_changes(console: Console, role: Role) -> None:
    console.who = type(console.who)("alice", role, 1001)
    shown = console.dialogue("dnsconfig", "")
    assert "- PRINT - " in shown and "- NEW - " not in shown
    with pytest.raises(NotPermitted):
        console.batch("dnsconfig", "new", "192.0.2.53")
    with pytest.raises(NotPermitted):
        console.batch("sethostname", "other.example.com")
    with pytest.raises(NotPermitted):
        console.batch("commit")


def test_a_guest_sees_the_state_and_nothing_of_the_configuration(console: Console) -> None:
    console.who = type(console.who)("alice", Role.GUEST, 1001)
    with pytest.raises(NotPermitted):
        console.batch("dnsconfig")
    assert "dnsconfig" not in console.text("help")


def test_each_call_is_recorded_before_it_is_refused(console: Console) -> None:
    console.who = type(console.who)("alice", Role.GUEST, 1001)
    with pytest.raises(NotPermitted):
        console.batch("dnsconfig", "new", "a b")
    assert console.audit == ["alice (guest): dnsconfig new 'a b'"]
