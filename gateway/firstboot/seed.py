"""What an appliance may be given for its first boot, whoever gave it, and how a configuration is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gateway.config.elements.roles import Role
from gateway.config.model import Config
from gateway.firstboot.errors import BadSeed

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class SeedUser:
    """Somebody who may log in. An empty hash is no password."""

    name: str
    role: Role = Role.READ_ONLY
    full_name: str = ""
    password_hash: str = ""
    ssh_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seed:
    """Attributes:
    source: in words, for messages.
    configuration: text of a config.xml; empty for that of the release.
    settings: elements of the configuration by name that take the place of those of `configuration`.
    model: of the appliance, where the machine does not say.
    ignored: what was there and has no meaning here.
    """

    source: str
    configuration: bytes = b""
    hostname: str = ""
    users: tuple[SeedUser, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    model: str = ""
    ignored: tuple[str, ...] = ()


def compose(seed: Seed, base: Config) -> Config:
    """`base` (the seed's own configuration, or the release's) with the seed's settings. Raises BadSeed."""
    value = base.model_dump()
    value.update(seed.settings)
    if seed.hostname:
        value["hostname"] = seed.hostname
    for user in seed.users:
        _merge(value["users"], user)
    try:
        return Config.model_validate(value)
    except ValidationError as error:
        told = "; ".join(
            f"{'/'.join(map(str, item['loc'])) or 'configuration'}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_url=False, include_input=False)
        )
        raise BadSeed(source=seed.source, why=told) from error


def _merge(users: list[dict[str, Any]], user: SeedUser) -> None:
    """A user that the configuration has keeps what the seed does not say."""
    for known in users:
        if known["user_name"] == user.name:
            known["password_hash"] = user.password_hash or known["password_hash"]
            known["ssh_keys"] = list(user.ssh_keys) or known["ssh_keys"]
            known["full_name"] = user.full_name or known["full_name"]
            return
    users.append(
        {
            "user_name": user.name,
            "full_name": user.full_name,
            "role": user.role,
            "password_hash": user.password_hash,
            "ssh_keys": list(user.ssh_keys),
        }
    )


def key_lines(text: str) -> tuple[str, ...]:
    """The keys of an authorized_keys file, without comments."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
