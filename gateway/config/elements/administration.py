"""Who may administer the appliance, from where, and what it tells whom (A1, A3)."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gateway.config.elements.access import IpAddresses
from gateway.config.elements.roles import Role
from gateway.config.types import Element, Port, items, secret
from gateway.smtp.address import BadAddress, parse_mailbox

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
# Names the system itself has; a person of that name would get its files.
_TAKEN = frozenset({"root", "daemon", "bin", "sys", "mail", "nobody", "mailward", "sshd", "messagebus"})


def _user(value: str) -> str:
    if not _USER.fullmatch(value):
        raise ValueError(
            "must be a lower-case letter or underscore, then letters, digits, _ or -, 32 at most"
        )
    if value in _TAKEN or value.startswith("systemd-"):
        raise ValueError("is a name the system has for itself; choose another")
    return value


def _crypt(value: str) -> str:
    if value and not re.fullmatch(r"\$(y|6|5|2b)\$[./A-Za-z0-9$,=]+", value):
        raise ValueError("must be a crypt(5) hash ($y$…, $6$…); `passwd` makes one")
    return value


def _ssh_key(value: str) -> str:
    """One line of authorized_keys(5) without options: type, key, comment."""
    parts = value.split(None, 2)
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except (IndexError, binascii.Error) as error:
        raise ValueError("must be a public SSH key: its type, the key, a comment") from error
    size = int.from_bytes(blob[:4], "big")
    if "\n" in value or blob[4 : 4 + size] != parts[0].encode():
        raise ValueError("must be a public SSH key: its type, the key, a comment")
    return value


def _email(value: str) -> str:
    try:
        parse_mailbox(value)
    except BadAddress as error:
        raise ValueError(f"must be a mail address: {error}") from error
    return value


UserName = Annotated[str, AfterValidator(_user)]
CryptHash = Annotated[str, AfterValidator(_crypt)]
SshKey = Annotated[str, AfterValidator(_ssh_key)]
Email = Annotated[str, AfterValidator(_email)]


class User(Element):
    """Somebody who may log in."""

    user_name: UserName
    full_name: str = Field(default="", max_length=128, pattern=r"^[^:\n\x00]*$")
    role: Role = Role.READ_ONLY
    password_hash: CryptHash = secret(default="", description="Empty: no login with a password")
    ssh_keys: list[SshKey] = items("ssh_key")
    enabled: bool = True


class PasswordPolicy(Element):
    """What a new password must be (`userconfig > policy`)."""

    minimum_length: int = Field(default=8, ge=6, le=128)
    upper_and_lower: bool = True
    digit: bool = True
    special: bool = False


class AdminAccess(Element):
    """Who gets as far as a login (`adminaccessconfig`)."""

    allowed_hosts: list[IpAddresses] = items("host", description="Empty for all")
    banner: str = Field(default="", max_length=10_000, description="Shown before the login")
    welcome: str = Field(default="", max_length=10_000, description="Shown after the login")
    console_timeout: int = Field(default=30, ge=5, le=1440, description="Minutes without a key until logout")
    web_timeout: int = Field(default=5, ge=5, le=1440, description="Minutes (U22)")
    password_policy: PasswordPolicy = PasswordPolicy()


class Ssh(Element):
    """The SSH server (`sshconfig`)."""

    port: Port = 22
    password_login: bool = True
    host_key_algorithms: list[str] = items("algorithm", description="Empty for those of the distribution")


class Ftp(Element):
    """File access to /configuration (`interfaceconfig` says on which interfaces)."""

    port: Port = 21
    allow_plain: bool = Field(default=False, description="Take passwords without TLS")
    certificate: str = Field(default="", description="Name of a certificate; empty for one made here")


class AlertClass(StrEnum):
    ALL = "all"
    SYSTEM = "system"
    HARDWARE = "hardware"
    UPDATER = "updater"
    MESSAGE_DELIVERY = "message-delivery"
    QUARANTINE = "quarantine"
    DIRECTORY_HARVEST = "directory-harvest"


class AlertSeverity(StrEnum):
    ALL = "all"
    CRITICAL = "critical"
    WARNING = "warning"
    INFORMATION = "information"


class AlertRecipient(Element):
    """Who hears of what (`alertconfig`)."""

    address: Email
    classes: list[AlertClass] = items("class", description="Empty for all")
    severities: list[AlertSeverity] = items("severity", description="Empty for all")


class Alerts(Element):
    """Alert mail."""

    sender: str = Field(default="", description="From: of alerts; empty for alert@ and the host's name")
    recipients: list[AlertRecipient] = items("recipient", key="address")
    initial_interval: int = Field(
        default=300, ge=0, le=86_400, description="Seconds before the same one again"
    )
    maximum_interval: int = Field(
        default=3600, ge=0, le=604_800, description="Seconds; it doubles up to that"
    )

    @model_validator(mode="after")
    def _order(self) -> Alerts:
        if self.sender:
            _email(self.sender)
        if self.initial_interval > self.maximum_interval:
            raise ValueError("initial_interval must not be above maximum_interval")
        return self
