"""Accounts of the BMC (IPMI 2.0, 22.26 to 22.30): who may log in over LAN to cycle the power."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut
from hwmgmt.reading import Reading, known, missing

NAME_LIMIT = 16
PASSWORD_LIMIT = 20
_SHORT_PASSWORD = 16
_WRONG_PASSWORD = 0x80
# Name of a slot that was never used: some BMCs refuse, some answer blanks.
_EMPTY_SLOT = {0xC9, 0xCB, 0xCC}


class Privilege(IntEnum):
    """The most a user may ask for. Operator suffices for power; administrator may change users."""

    RESERVED = 0
    CALLBACK = 1
    USER = 2
    OPERATOR = 3
    ADMINISTRATOR = 4
    OEM = 5
    NO_ACCESS = 15


@dataclass(frozen=True, slots=True)
class User:
    """A slot. `enabled` is None where the BMC does not say (the bits came with an erratum)."""

    slot: int
    name: str
    privilege: Privilege
    ipmi: bool
    link: bool
    callback_only: bool
    enabled: bool | None


def users(bmc: Bmc, channel: int) -> list[Reading[User]]:
    """All slots that have a name or access, and those that could not be read. Raises `NoAnswer`."""
    count = cut(_access(bmc, channel, 1), 4, "user access")[0] & 0x3F
    found: list[Reading[User]] = []
    for slot in range(1, count + 1):
        try:
            user = read(bmc, channel, slot)
        except NoAnswer as error:
            found.append(missing(error.reason, f"slot {slot}: {error.detail}"))
            if error.code is None:
                break
            continue
        if user.name or user.privilege not in (Privilege.NO_ACCESS, Privilege.RESERVED):
            found.append(known(user))
    return found


def read(bmc: Bmc, channel: int, slot: int) -> User:
    """One slot. Raises `NoAnswer`."""
    raw = cut(_access(bmc, channel, slot), 4, "user access")
    limit = raw[3] & 0xF
    return User(
        slot=slot,
        name=_name(bmc, slot),
        privilege=Privilege(limit) if limit in set(Privilege) else Privilege.RESERVED,
        ipmi=bool(raw[3] & 0x10),
        link=bool(raw[3] & 0x20),
        callback_only=bool(raw[3] & 0x40),
        enabled={1: True, 2: False}.get(raw[1] >> 6),
    )


def _access(bmc: Bmc, channel: int, slot: int) -> bytes:
    return bmc.ask(Netfn.APP, 0x44, bytes([channel, slot]))


def _name(bmc: Bmc, slot: int) -> str:
    try:
        raw = bmc.ask(Netfn.APP, 0x46, bytes([slot]))
    except NoAnswer as error:
        if error.code in _EMPTY_SLOT:
            return ""
        raise
    text = raw[:NAME_LIMIT].partition(b"\0")[0].decode("latin-1")
    return "".join(letter for letter in text if letter.isprintable()).strip()


def set_name(bmc: Bmc, slot: int, name: str) -> None:
    """Raises ValueError for a name IPMI cannot carry, and `NoAnswer`."""
    raw = name.encode("ascii", "replace")
    if not name.isascii() or not name.isprintable() or len(raw) > NAME_LIMIT:
        raise ValueError(f"a BMC user name has at most {NAME_LIMIT} ASCII characters")
    bmc.ask(Netfn.APP, 0x45, bytes([slot]) + raw.ljust(NAME_LIMIT, b"\0"))


def set_password(bmc: Bmc, slot: int, password: str) -> None:
    """Raises ValueError for one IPMI cannot carry, and `NoAnswer`. Up to 16 bytes go as IPMI 1.5 has them."""
    bmc.ask(Netfn.APP, 0x47, _password_request(slot, 2, password))


def password_is(bmc: Bmc, slot: int, password: str) -> bool:
    """Whether that is the slot's password, by the BMC's own test. Raises `NoAnswer`."""
    try:
        bmc.ask(Netfn.APP, 0x47, _password_request(slot, 3, password))
    except NoAnswer as error:
        # 80h: wrong password; 81h: wrong length, which is wrong too.
        if error.code in (_WRONG_PASSWORD, _WRONG_PASSWORD + 1):
            return False
        raise
    return True


def _password_request(slot: int, operation: int, password: str) -> bytes:
    raw = password.encode()
    if not raw or len(raw) > PASSWORD_LIMIT:
        raise ValueError(f"a BMC password has 1 to {PASSWORD_LIMIT} bytes")
    long = len(raw) > _SHORT_PASSWORD
    size = PASSWORD_LIMIT if long else _SHORT_PASSWORD
    return bytes([slot | (0x80 if long else 0), operation]) + raw.ljust(size, b"\0")


def enable(bmc: Bmc, slot: int, on: bool) -> None:
    """Let the user log in, or not. Raises `NoAnswer`."""
    # The password field is ignored for these two, but BMCs differ in whether they want to see it.
    try:
        bmc.ask(Netfn.APP, 0x47, bytes([slot, 1 if on else 0]))
    except NoAnswer as error:
        if error.code not in (0xC7, 0xC8):
            raise
        bmc.ask(Netfn.APP, 0x47, bytes([slot, 1 if on else 0]) + bytes(_SHORT_PASSWORD))


def set_privilege(bmc: Bmc, channel: int, slot: int, privilege: Privilege) -> None:
    """What the user may do over LAN; anything but no access includes IPMI itself. Raises `NoAnswer`."""
    bits = 0x80 if privilege is Privilege.NO_ACCESS else 0x80 | 0x20 | 0x10
    bmc.ask(Netfn.APP, 0x43, bytes([bits | channel & 0xF, slot & 0x3F, privilege, 0]))
