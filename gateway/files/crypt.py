"""crypt(3): is this the password of that hash? By libcrypt, which knows every kind that login does (Python lost its own
in 3.13).
"""

from __future__ import annotations

import ctypes
import hmac
import threading
from functools import cache

_lock = threading.Lock()  # crypt(3) answers in a place of its own
_LONGEST = 512  # octets: what libcrypt takes (CRYPT_MAX_PASSPHRASE_SIZE)
# Of no password: so that a wrong name takes as long as a wrong password.
NOBODY = "$6$rounds=5000$nobodyhasthissalt$"


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libcrypt.so.1", use_errno=True)
    library.crypt.restype = ctypes.c_char_p
    library.crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    return library


def matches(password: str, hashed: str) -> bool:
    """Whether `hashed` is of `password`. An empty or locked hash is of none. Takes about as long as a login."""
    given = password.encode(errors="surrogateescape")
    if b"\0" in given or len(given) >= _LONGEST:
        return False
    usable = hashed.startswith("$")
    with _lock:
        made = _library().crypt(given, (hashed if usable else NOBODY).encode())
    return usable and made is not None and hmac.compare_digest(made, hashed.encode())
