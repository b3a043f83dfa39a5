"""New passwords: held to the policy of the configuration, kept as crypt(5) hashes.

The hash is made by the system's libcrypt, which is what checks it at a login.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from mailward.errors import Failed

if TYPE_CHECKING:
    from gateway.config.elements.administration import PasswordPolicy

LIBRARY = "libcrypt.so.1"
SPECIAL = "~?!@#$%^&*-_+=\\|/[](){}<>:;,.'\"`"


class NoCrypt(Failed):
    key = "console.no-crypt"
    sentence = "No password can be kept: {why}"


def held_to(password: str, policy: PasswordPolicy) -> str:
    """The password. Raises ValueError with what it lacks."""
    lacks = []
    if len(password) < policy.minimum_length:
        lacks.append(f"{policy.minimum_length} characters or more")
    if policy.upper_and_lower and not (any(map(str.isupper, password)) and any(map(str.islower, password))):
        lacks.append("upper and lower case letters")
    if policy.digit and not any(map(str.isdigit, password)):
        lacks.append("a digit")
    if policy.special and not any(char in SPECIAL for char in password):
        lacks.append(f"one of {SPECIAL}")
    if lacks:
        raise ValueError(f"the passphrase must have {', '.join(lacks)}")
    if not password.isprintable():
        raise ValueError("the passphrase has characters nobody can type")
    return password


def crypted(password: str) -> str:
    """A yescrypt hash ($y$). Raises NoCrypt where the system has no libcrypt."""
    try:
        library = ctypes.CDLL(LIBRARY)
        gensalt, crypt = library.crypt_gensalt_ra, library.crypt
    except (OSError, AttributeError) as error:
        raise NoCrypt(why=f"the system's {LIBRARY} cannot make hashes") from error
    gensalt.restype = crypt.restype = ctypes.c_char_p
    gensalt.argtypes = [ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_int]
    crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    salt = gensalt(b"$y$", 0, None, 0)
    made = crypt(password.encode(), salt) if salt else None
    if not made or made.startswith(b"*"):
        raise NoCrypt(why="the system's libcrypt refused")
    return str(made.decode("ascii"))
