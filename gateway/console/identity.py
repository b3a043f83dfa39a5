"""Who sits at the console. It runs as root through sudo, which says who called it; what that user may do stands in
the running configuration.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.config.elements.roles import Role
from gateway.console.errors import NoAccount

ADMIN = "admin"  # there from the first boot, whether the configuration names it or not
Look = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Identity:
    """A user and the role."""

    name: str
    role: Role
    uid: int = 0


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name


def caller(environment: Mapping[str, str], uid: int) -> int:
    """The user id behind this process: sudo's word if it runs as root, or else its own.

    Who is not root could have written the variable; who is root needs no role.
    """
    told = environment.get("SUDO_UID", "")
    return int(told) if uid == 0 and told.isascii() and told.isdigit() else uid


def identify(uid: int, users: Mapping[str, Role | None], *, name_of: Look = _name) -> Identity:
    """The user with this id. Raises NoAccount for one that the configuration does not know, or has disabled."""
    try:
        name = name_of(uid)
    except KeyError as error:
        raise NoAccount(name=f"user {uid}", why="the system has no such user") from error
    if uid == 0:
        return Identity(name, Role.ADMINISTRATOR, uid)
    if name not in users:
        if name == ADMIN:
            return Identity(name, Role.ADMINISTRATOR, uid)
        raise NoAccount(name=name, why="the running configuration has no such user")
    role = users[name]
    if role is None:
        raise NoAccount(name=name, why="the account is disabled")
    return Identity(name, role, uid)


def here(users: Mapping[str, Role | None]) -> Identity:
    """Whoever called this process. Raises NoAccount."""
    return identify(caller(os.environ, os.getuid()), users)
