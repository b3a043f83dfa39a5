"""Passwords in a file that leaves the appliance: masked, encrypted or plain.

An encrypted one is AES-256-GCM under a key that scrypt makes of a passphrase, or, without one, of the secret of the
machine family: the site may put its own below `FAMILY` into its images. Without that it is a constant of this source:
then encryption keeps passwords from a glance, and from nobody who has Mailward.
"""

from __future__ import annotations

import base64
import binascii
import os
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gateway.config.errors import Masked, NotDecrypted

MASK = "*****"
FAMILY = Path("usr/share/mailward/family.key")
_CONSTANT = b"mailward: encrypted passwords of a saved configuration, any machine"
_SEALED = "$mailward$1$"
_NONCE = 12  # octets
_SALT = 16
_COST = 1 << 15  # scrypt's N with r=8: 32 MB, a tenth of a second


_WANTED = {
    "passphrase": "it was saved with a passphrase",
    "family": "only `loadconfig` takes encrypted ones",
}


class Passwords(StrEnum):
    """What becomes of them in a file."""

    MASKED = "masked"
    ENCRYPTED = "encrypted"
    PLAIN = "plain"


def family(root: Path = Path("/")) -> bytes:
    """The secret all machines of the family have."""
    try:
        return (root / FAMILY).read_bytes().strip() or _CONSTANT
    except FileNotFoundError:
        return _CONSTANT


def is_everybodys(secret: bytes) -> bool:
    """True if whoever has Mailward has the secret too."""
    return secret == _CONSTANT


def mask(name: str, text: str) -> str:
    """In place of any secret."""
    return MASK


class Sealer:
    """Encrypts the secrets of one file; each is bound to the name of its element."""

    def __init__(self, secret: bytes, *, passphrase: str = "") -> None:
        self._kind = "passphrase" if passphrase else "family"
        self._salt = os.urandom(_SALT)
        self._key = _derive(passphrase.encode() or secret, self._salt)

    def __call__(self, name: str, text: str) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._key.encrypt(nonce, text.encode(), name.encode())
        return f"{_SEALED}{self._kind}${_encode(self._salt)}${_encode(sealed)}"


class Opener:
    """Takes the secrets of a file out again; plain ones are as they are.

    Raises Masked and NotDecrypted when called.
    """

    def __init__(self, secret: bytes, *, passphrase: str = "") -> None:
        self._secrets = {"family": secret, "passphrase": passphrase.encode()}
        self._keys: dict[tuple[str, bytes], AESGCM] = {}

    def __call__(self, name: str, text: str) -> str:
        if text == MASK:
            raise Masked()
        if not text.startswith(_SEALED):
            return text
        kind, _, rest = text.removeprefix(_SEALED).partition("$")
        salt, _, sealed = rest.partition("$")
        if not self._secrets.get(kind):
            raise NotDecrypted(why=_WANTED.get(kind, f"{kind!r} is no way of encryption"))
        try:
            raw = _decode(sealed)
            key = self._key(kind, _decode(salt))
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()).decode()
        except InvalidTag as error:
            why = (
                "the passphrase is another" if kind == "passphrase" else "it is of machines with another key"
            )
            raise NotDecrypted(why=f"{why}, or the file was changed") from error
        except ValueError as error:
            raise NotDecrypted(why=f"an encrypted {name} is damaged") from error

    def _key(self, kind: str, salt: bytes) -> AESGCM:
        if (kind, salt) not in self._keys:
            if self._keys:  # each costs a tenth of a second, so a hostile file would bring thousands
                raise NotDecrypted(why="its passwords were not encrypted together")
            self._keys[kind, salt] = _derive(self._secrets[kind], salt)
        return self._keys[kind, salt]


def _derive(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(secret))


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
