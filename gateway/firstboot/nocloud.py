"""cloud-init's NoCloud seed, as far as an appliance has a use for it: who may log in, its name, its network, its
configuration. Packages and commands have none here, and are named as passed over.

    volume with the label `cidata`: user-data, meta-data, network-config (version 2)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from gateway.config.elements.roles import Role
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.netplan import Cards, read_network
from gateway.firstboot.seed import ADMIN, Seed, SeedUser
from gateway.firstboot.shape import Shape
from gateway.firstboot.yaml import BadYaml, load_yaml

SOURCE = "NoCloud seed"
HEAD = b"#cloud-config"
CONFIGURATION = "/configuration/config.xml"
_ROLES = {f"mailward-{role.value}": role for role in Role} | {
    "mailward-admin": Role.ADMINISTRATOR,
    "sudo": Role.ADMINISTRATOR,
    "wheel": Role.ADMINISTRATOR,
}
_READ = frozenset(
    {"hostname", "fqdn", "users", "ssh_authorized_keys", "password", "timezone", "ntp", "write_files"}
)


def parse_nocloud(files: Mapping[str, bytes], cards: Cards) -> Seed:
    """The seed of the files by name. Raises BadSeed."""
    try:
        return _parse(files, cards)
    except (BadYaml, ValueError) as error:
        raise BadSeed(source=SOURCE, why=str(error)) from error


def _parse(files: Mapping[str, bytes], cards: Cards) -> Seed:
    user_data = files.get("user-data", b"")
    if user_data.strip() and not user_data.startswith(HEAD):
        raise ValueError(f"user-data must begin with {HEAD.decode()}: scripts are not run here")
    user = Shape(_document(user_data, "user-data"), "user-data")
    meta = Shape(_document(files.get("meta-data", b""), "meta-data"), "meta-data")
    hostname = user.text("fqdn") or user.text("hostname") or meta.text("local-hostname")
    settings: dict[str, Any] = {}
    if network := _document(files.get("network-config", b""), "network-config"):
        settings.update(read_network(Shape(network, "network-config"), cards, hostname))
    if time := _time(user):
        settings["time"] = time
    return Seed(
        SOURCE,
        _configuration(user),
        hostname,
        tuple(_users(user)),
        settings,
        ignored=tuple(sorted(set(user.value) - _READ)),
    )


def _document(text: bytes, name: str) -> dict[Any, Any]:
    try:
        value = load_yaml(text)
    except BadYaml as error:
        raise BadYaml(f"{name}: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a mapping of names to values")
    return value


def _users(user: Shape) -> list[SeedUser]:
    """Users, and the keys and password that cloud-init gives its default user, which here is admin."""
    found = [_user(entry) for entry in user.entries("users", passed_over=("default",))]
    keys = tuple(user.texts("ssh_authorized_keys"))
    hashed = _hash(user, "password")
    if keys or hashed:
        mine = next((one for one in found if one.name == ADMIN), SeedUser(ADMIN))
        found = [one for one in found if one.name != ADMIN]
        found.append(
            SeedUser(
                ADMIN,
                Role.ADMINISTRATOR,
                mine.full_name,
                hashed or mine.password_hash,
                tuple(dict.fromkeys((*mine.ssh_keys, *keys))),
            )
        )
    return found


def _user(entry: Shape) -> SeedUser:
    name = entry.text("name")
    if not name:
        raise ValueError(f"{entry.where} has no name")
    groups = entry.texts("groups", commas=True)
    role = next((_ROLES[group] for group in groups if group in _ROLES), Role.READ_ONLY)
    if name == ADMIN or entry.value.get("sudo"):
        role = Role.ADMINISTRATOR
    hashed = _hash(entry, "passwd") or _hash(entry, "hashed_passwd")
    # cloud-init locks the password of a user unless it is told not to.
    locked = entry.flag("lock_passwd", default=True)
    keys = (*entry.texts("ssh_authorized_keys"), *entry.texts("ssh-authorized-keys"))
    return SeedUser(name, role, entry.text("gecos"), "" if locked else hashed, keys)


def _hash(entry: Shape, name: str) -> str:
    hashed = entry.text(name)
    if hashed and not hashed.startswith("$"):
        raise ValueError(f"{entry.where}/{name} must be a hash, as `openssl passwd -6` makes it")
    return hashed


def _time(user: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if zone := user.text("timezone"):
        found["timezone"] = zone
    if ntp := user.inner("ntp"):
        found["ntp"] = ntp.flag("enabled", default=True)
        if servers := [*ntp.texts("servers"), *ntp.texts("pools")]:
            found["ntp_servers"] = servers
    return found


def _configuration(user: Shape) -> bytes:
    """The one file that may be written."""
    found = b""
    for entry in user.entries("write_files"):
        path = entry.text("path")
        if path not in (CONFIGURATION, "/var" + CONFIGURATION):
            raise ValueError(f"{entry.where}: only {CONFIGURATION} can be written, not {path or 'nothing'}")
        content, encoding = entry.text("content", strip=False), entry.text("encoding")
        if encoding in ("b64", "base64"):
            try:
                found = base64.b64decode("".join(content.split()), validate=True)
            except (binascii.Error, ValueError) as error:
                raise ValueError(f"{entry.where}: content is not base64") from error
        elif encoding in ("", "text/plain"):
            found = content.encode()
        else:
            raise ValueError(f"{entry.where}: encoding {encoding} is not known; base64 or none")
    return found
