"""U3: only a user with administrator rights may upgrade."""

from __future__ import annotations

from dataclasses import dataclass

from upgrade.preflight.check import Answer, Severity

GROUP = "mailward-admin"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks: name, user id, and the names of their groups."""

    name: str
    uid: int
    groups: frozenset[str]


def judge(user: User) -> Answer:
    if user.uid == 0 or GROUP in user.groups:
        return Answer(Severity.PASS, f"{user.name} is an administrator")
    return Answer(
        Severity.BLOCK,
        f"{user.name} is not an administrator",
        f"Log in as a user of the group {GROUP}, or use sudo",
    )
