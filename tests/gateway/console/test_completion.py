"""What Tab offers."""

from gateway.config.elements.roles import Role
from gateway.console.completion import candidates
from gateway.console.roles import RIGHTS

ALL = tuple(RIGHTS[Role.ADMINISTRATOR])


def test_commands_that_the_role_may_use() -> None:
    assert candidates("dnsc", ALL) == ("dnsc", ["dnsconfig"])
    assert "userconfig" not in candidates("user", tuple(RIGHTS[Role.OPERATOR]))[1]


def test_operations_then_questions_and_values() -> None:
    assert candidates("dnsconfig al", ALL) == ("al", ["alternate"])
    assert "port=" in candidates("dnsconfig new ", ALL)[1]
    assert candidates("tophosts conn", ALL)[1] == ["connections_out"]
    assert candidates("dnsconfig alternate ", ALL)[1][:2] == ["new", "edit"]


def test_nothing_for_what_is_no_command_or_no_line() -> None:
    assert candidates("nonsense x", ALL)[1] == []
    assert candidates("say 'a", ALL)[1] == []
    assert candidates("userconfig ", tuple(RIGHTS[Role.GUEST]))[1] == []
