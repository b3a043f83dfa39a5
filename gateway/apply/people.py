"""Users and their roles as nss-systemd finds them: JSON records below /run/userdb (nss-systemd(8)).

Groups carry the role to sshd and sudo; what a role may do is the console's affair.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.apply.machine import Admin, Machine
from gateway.apply.tree import File, Folder, Link, Node, text
from gateway.config.elements.roles import Role
from gateway.config.model import Config

ADMIN = "admin"
ADMIN_UID = 1000
SHELL = "/usr/bin/mailward-console"
KEYS = "/run/ssh-admin"
USERDB = "/run/userdb"
# Of the image's sysusers.d. sudo lets all of them start the console; administrators read logs besides.
GROUPS = {
    Role.ADMINISTRATOR: ("mailward-admin", "systemd-journal"),
    Role.OPERATOR: ("mailward-operator",),
    Role.TECHNICIAN: ("mailward-technician",),
    Role.READ_ONLY: ("mailward-readonly",),
    Role.GUEST: ("mailward-guest",),
    Role.HELPDESK: ("mailward-helpdesk",),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in."""

    name: str
    role: Role
    full_name: str
    password_hash: str
    ssh_keys: tuple[str, ...]

    @property
    def uid(self) -> int:
        """From the name, so that it outlives reboots without being written down: files on `var` belong to it."""
        return ADMIN_UID if self.name == ADMIN else 10_000 + zlib.crc32(self.name.encode()) % 50_000


def people(config: Config, admin: Admin) -> list[Person]:
    """Who may log in. `admin` always may while no configuration gives it a password, a key, or an end."""
    found = [
        Person(user.user_name, user.role, user.full_name, user.password_hash, tuple(user.ssh_keys))
        for user in config.users
        if user.enabled
    ]
    names = {user.user_name for user in config.users}
    if ADMIN not in names:
        found.append(Person(ADMIN, Role.ADMINISTRATOR, "Administrator", admin.password_hash, admin.ssh_keys))
    return [
        Person(one.name, one.role, one.full_name, admin.password_hash, admin.ssh_keys)
        if one.name == ADMIN and not (one.password_hash or one.ssh_keys)
        else one
        for one in sorted(found, key=lambda one: one.name)
    ]


def render_people(config: Config, machine: Machine) -> tuple[dict[str, Node], list[str]]:
    """Records, keys and home folders; and names of which two have come out the same number."""
    everybody = people(config, machine.admin)
    files: dict[str, Node] = {}
    for person in everybody:
        files.update(_records(person))
        files[f"/var/home/{person.name}"] = Folder(0o700, person.uid, person.uid)
        if person.ssh_keys:
            files[f"{KEYS}/{person.name}"] = text("".join(f"{key}\n" for key in person.ssh_keys))
    return files, list(_twins(everybody))


def _records(person: Person) -> dict[str, Node]:
    uid, name = person.uid, person.name
    user = {
        "userName": name,
        "uid": uid,
        "gid": uid,
        "realName": person.full_name or name,
        "homeDirectory": f"/var/home/{name}",
        "shell": SHELL,
        "disposition": "regular",
    }
    group = {"groupName": name, "gid": uid, "disposition": "regular"}
    # Without a password there is one that no input has.
    privileged = {"privileged": {"hashedPassword": [person.password_hash or "!"]}}
    files: dict[str, Node] = {
        f"{USERDB}/{name}.user": _json(user),
        f"{USERDB}/{uid}.user": Link(f"{name}.user"),
        f"{USERDB}/{name}.group": _json(group),
        f"{USERDB}/{uid}.group": Link(f"{name}.group"),
        f"{USERDB}/{name}.user-privileged": _json(privileged, 0o600),
        f"{USERDB}/{uid}.user-privileged": Link(f"{name}.user-privileged"),
    }
    for membership in GROUPS[person.role]:
        files[f"{USERDB}/{name}:{membership}.membership"] = text("{}\n")
    return files


def _json(record: object, mode: int = 0o644) -> File:
    return text(json.dumps(record, ensure_ascii=False) + "\n", mode)


def _twins(everybody: Iterable[Person]) -> Iterable[str]:
    first: dict[int, str] = {}
    for person in everybody:
        other = first.setdefault(person.uid, person.name)
        if other != person.name:
            yield f"users {other} and {person.name} come out as the same number; give one of them another name"
