"""Who is treated how: mail policies, message filters, and the settings upgrades move about (G21, U10, U21)."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from pydantic import Field, model_validator

from gateway.config.elements.access import Who
from gateway.config.types import Element, Label, items


class PolicyUser(Element):
    """Whom a policy is about: mail from one of `senders` to one of `recipients`; an empty list is anybody."""

    senders: list[Who] = items("sender")
    recipients: list[Who] = items("recipient")


class MailPolicy(Element):
    """Users treated alike (`policyconfig`). The first policy that fits is taken."""

    policy_name: Label
    users: list[PolicyUser] = items("user")

    @model_validator(mode="after")
    def _unique(self) -> MailPolicy:
        """G21: users are unique, wherever they come from."""
        seen = Counter((tuple(sorted(user.senders)), tuple(sorted(user.recipients))) for user in self.users)
        twice = [key for key, count in seen.items() if count > 1]
        if twice:
            who = "; ".join(f"{', '.join(a) or 'anybody'} to {', '.join(b) or 'anybody'}" for a, b in twice)
            raise ValueError(f"policy {self.policy_name} has the user {who} twice")
        return self


class MessageFilter(Element):
    """A filter in the incumbent's language. One that cannot be used is kept, inactive, with the reason (U21)."""

    filter_name: Label
    active: bool = True
    rule: str = Field(max_length=1_000_000)


class Level(StrEnum):
    """Where a setting stands in a cluster (A7, G22)."""

    CLUSTER = "cluster"
    GROUP = "group"
    MACHINE = "machine"


class ScanSettings(Element):
    """Global settings of intelligent multi-scan or graymail (U10)."""

    enabled: bool = False
    level: Level = Level.MACHINE
    maximum_message_size: int = Field(default=1 << 20, ge=1024, le=100 << 20, description="Octets")
    timeout: int = Field(default=60, ge=1, le=600, description="Seconds")


class ClusterMember(Element):
    """A machine of the cluster (A7, U12)."""

    member_name: Label
    model: str = Field(default="", max_length=20)
    version: str = Field(default="", max_length=40)
    serial: str = Field(default="", max_length=64)


class Cluster(Element):
    """The cluster this machine belongs to; without a name, none."""

    cluster_name: str = Field(default="", max_length=64)
    members: list[ClusterMember] = items("member", key="member_name")
