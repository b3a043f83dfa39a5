"""Password hashes as crypt(3) checks them on the appliance."""

from __future__ import annotations

import subprocess

from mailward.errors import BadInput


class BadPassword(BadInput):
    key = "image.password"
    sentence = "the password is empty or has a line break or NUL in it"
    remedy = "Put one line of text into the file"


def hashed(password: str) -> str:
    """SHA-512 crypt of `password`, with a salt of its own. Raises `BadPassword`.

    openssl, because Python's crypt module is gone in 3.13 and every host has openssl. The password goes through
    standard input: a command line can be read by everyone.
    """
    if not password or set(password) & set("\n\r\0"):
        raise BadPassword()
    made = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True
    )
    return made.stdout.strip()
