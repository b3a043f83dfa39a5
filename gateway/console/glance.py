"""A glance at the configuration for the prompt: host, cluster, users, time-out.

The whole model takes half a second to import, and a prompt is to be there at once. The file was checked when it was
committed; what a glance does not find has its default, and commands that need more read it all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from gateway.config.elements.roles import Role

TIMEOUT = 30  # minutes, the model's default


@dataclass(frozen=True, slots=True)
class Seen:
    """Attributes:
    users: role of each, None if the user is disabled.
    timeout: minutes without a key until logout.
    """

    hostname: str = "localhost"
    cluster: str = ""
    welcome: str = ""
    timeout: int = TIMEOUT
    users: dict[str, Role | None] = field(default_factory=dict)


def glance(path: Path) -> Seen:
    """What stands in the file. One that is not there or is broken is an appliance nobody has set up: no users."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return Seen()
    users: dict[str, Role | None] = {}
    roles = {role.value: role for role in Role}
    for user in root.iterfind("users/user"):
        name = user.findtext("user_name", "").strip()
        role = roles.get(user.findtext("role", Role.READ_ONLY.value).strip())
        enabled = user.findtext("enabled", "yes").strip().lower() in ("yes", "true", "1", "on", "y", "t")
        users[name] = role if enabled else None
    timeout = root.findtext("admin_access/console_timeout", "").strip()
    return Seen(
        hostname=root.findtext("hostname", "localhost").strip(),
        cluster=root.findtext("cluster/cluster_name", "").strip(),
        welcome=root.findtext("admin_access/welcome", "").strip(),
        timeout=int(timeout) if timeout.isascii() and timeout.isdigit() else TIMEOUT,
        users=users,
    )
