"""Who may do what. A command needs one right; a role is a set of them (A1).

Operations of a command that change something need `Right.CONFIGURE` besides, unless the command itself asks for
more: so a read-only user may look into `dnsconfig`, and finds no NEW there.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.config.elements.roles import Role


class Right(StrEnum):
    """What a command needs."""

    SELF = "self"  # what everybody may: help, whoami, one's own password
    STATUS = "status"  # how the appliance is doing
    TEST = "test"  # ask the network: ping, nslookup
    LOGS = "logs"  # read logs
    SHOW = "show"  # look at the configuration
    CONFIGURE = "configure"  # change and commit it
    MAIL = "mail"  # suspend, resume, act on queued messages
    SYSTEM = "system"  # reboot, upgrade, support requests, hardware
    ADMINISTER = "administer"  # users, whole configurations, cluster, first setup
    SHELL = "shell"  # a root shell


_GUEST = frozenset({Right.SELF, Right.STATUS})
_READ_ONLY = _GUEST | {Right.TEST, Right.LOGS, Right.SHOW}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.OPERATOR: _READ_ONLY | {Right.CONFIGURE, Right.MAIL, Right.SYSTEM},
    Role.TECHNICIAN: _READ_ONLY | {Right.SYSTEM},
    Role.READ_ONLY: _READ_ONLY,
    Role.GUEST: _GUEST,
    Role.HELPDESK: frozenset({Right.SELF}),  # message tracking and quarantines: not on the console
}


def may(role: Role, right: Right) -> bool:
    return right in RIGHTS[role]
