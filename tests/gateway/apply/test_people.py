"""Who may log in, and as what (A1)."""

from __future__ import annotations

import json

import pytest

from gateway.apply.machine import Admin, Machine
from gateway.apply.people import GROUPS, people, render_people
from gateway.apply.tree import File
from gateway.config.elements.roles import Role
from tests.gateway.apply.made import KEY, MACHINE, config


def record(files: object, name: str) -> dict[str, object]:
    assert isinstance(files, dict)
    node = files[f"/run/userdb/{name}"]
    assert isinstance(node, File)
    value = json.loads(node.content)
    assert isinstance(value, dict)
    return value


def test_admin_comes_from_the_boot_until_the_configuration_says_otherwise() -> None:
    (admin,) = people(config(), MACHINE.admin)
    assert (admin.role, admin.password_hash, admin.ssh_keys) == (Role.ADMINISTRATOR, "$6$salt$boot", (KEY,))
    named = config(users=[{"user_name": "admin", "role": "administrator"}])
    assert people(named, MACHINE.admin)[0].password_hash == "$6$salt$boot"
    own = config(users=[{"user_name": "admin", "role": "administrator", "password_hash": "$6$a$own"}])
    (admin,) = people(own, MACHINE.admin)
    assert (admin.password_hash, admin.ssh_keys) == ("$6$a$own", ())
    off = config(users=[{"user_name": "admin", "role": "administrator", "enabled": False}])
    assert people(off, MACHINE.admin) == []


def test_without_a_password_there_is_one_that_no_input_has() -> None:
    files, _ = render_people(config(), Machine())
    assert record(files, "admin.user-privileged") == {"privileged": {"hashedPassword": ["!"]}}
    assert "/run/ssh-admin/admin" not in files


def test_hashes_are_for_root_alone() -> None:
    files, _ = render_people(config(), MACHINE)
    for path, node in files.items():
        if isinstance(node, File) and b"$6$" in node.content:
            assert node.mode == 0o600, path


@pytest.mark.parametrize("role", Role)
def test_each_role_is_a_group(role: Role) -> None:
    files, _ = render_people(config(users=[{"user_name": "eve", "role": role.value}]), Machine())
    own = {path.split(":")[1] for path in files if path.startswith("/run/userdb/eve:")}
    assert own == {f"{group}.membership" for group in GROUPS[role]}
    assert ("mailward-admin.membership" in own) == (role is Role.ADMINISTRATOR)


def test_numbers_outlive_other_users() -> None:
    one = {person.name: person.uid for person in people(config(users=[{"user_name": "ann"}]), Admin())}
    two = people(config(users=[{"user_name": "aaa"}, {"user_name": "ann"}]), Admin())
    assert one["ann"] == next(person.uid for person in two if person.name == "ann")
    assert one["admin"] == 1000 and 10_000 <= one["ann"] < 60_000


def test_two_names_of_one_number_are_told() -> None:
    """Found by trying; each alone is fine."""
    seen: dict[int, str] = {}
    for n in range(2000):
        name = f"u{n}"
        uid = _uid(name)
        if uid in seen:
            users = [{"user_name": seen[uid]}, {"user_name": name}]
            _, problems = render_people(config(users=users), Machine())
            assert len(problems) == 1 and name in problems[0]
            return
        seen[uid] = name
    pytest.fail("2,000 names without a pair: the numbers are no longer what this test thinks")


def _uid(name: str) -> int:
    from gateway.apply.people import Person

    return Person(name, Role.GUEST, "", "", ()).uid
