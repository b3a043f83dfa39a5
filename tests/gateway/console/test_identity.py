"""Who is who, and what a glance sees."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.elements.roles import Role
from gateway.console.errors import NoAccount
from gateway.console.glance import Seen, glance
from gateway.console.identity import caller, identify

NAMES = {1000: "admin", 1001: "bob", 0: "root"}


def name_of(uid: int) -> str:
    return NAMES[uid]


def test_sudo_says_who_called_and_nobody_else_can() -> None:
    assert caller({"SUDO_UID": "1001"}, 0) == 1001
    assert caller({"SUDO_UID": "0"}, 1001) == 1001
    assert caller({}, 0) == 0
    assert caller({"SUDO_UID": "-1"}, 0) == 0
    assert caller({"SUDO_UID": "root"}, 1001) == 1001


def test_roles_are_those_of_the_configuration() -> None:
    users = {"bob": Role.OPERATOR}
    assert identify(1001, users, name_of=name_of).role is Role.OPERATOR
    assert identify(0, {"root": Role.GUEST}, name_of=name_of).role is Role.ADMINISTRATOR


def test_admin_is_there_before_the_configuration_names_it() -> None:
    assert identify(1000, {}, name_of=name_of).role is Role.ADMINISTRATOR
    assert identify(1000, {"admin": Role.GUEST}, name_of=name_of).role is Role.GUEST


@pytest.mark.parametrize("users", [{}, {"bob": None}])
def test_who_is_not_known_or_disabled_gets_no_console(users: dict[str, Role | None]) -> None:
    with pytest.raises(NoAccount):
        identify(1001, users, name_of=name_of)
    with pytest.raises(NoAccount):
        identify(4711, users, name_of=name_of)


def test_a_glance_is_what_the_model_reads(tmp_path: Path) -> None:
    from gateway.config import xml
    from gateway.config.elements.administration import AdminAccess, User
    from gateway.config.elements.policies import Cluster
    from gateway.config.model import Config

    config = Config(
        hostname="mx.example.com",
        users=[
            User(user_name="bob", role=Role.OPERATOR),
            User(user_name="eve", enabled=False),
            User(user_name="ann"),
        ],
        admin_access=AdminAccess(console_timeout=7, welcome="Hello"),
        cluster=Cluster(cluster_name="Europe"),
    )
    xml.save(config, tmp_path / "config.xml")
    assert glance(tmp_path / "config.xml") == Seen(
        "mx.example.com", "Europe", "Hello", 7, {"bob": Role.OPERATOR, "eve": None, "ann": Role.READ_ONLY}
    )


@given(st.binary(max_size=200))
def test_a_glance_at_anything_gives_nobody_a_role(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("glance") / "config.xml"
    path.write_bytes(data)
    assert glance(path).users == {}


def test_there_is_no_file_before_the_first_boot(tmp_path: Path) -> None:
    assert glance(tmp_path / "none") == Seen()
