"""Password hashes as they stand in the configuration: scrypt (RFC 7914), in the PHC string format.

    $scrypt$ln=14,r=8,p=5$<salt>$<hash>

`ln` is the base-2 logarithm of the cost N, `r` the block size, `p` the parallelization; salt (16 octets) and
hash (32 octets) are in base64 without padding. passlib and others write and read the same. Passwords are
normalized to NFC first (RFC 8265 section 4.2), so that an umlaut is one however a keyboard makes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata
from dataclasses import dataclass

MEMORY_LIMIT = 128 << 20  # octets a hash may cost; 128·N·r are needed (RFC 7914 section 2)
MOST = 1024  # characters of a password
_FORM = re.compile(
    r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """One hash. The defaults are OWASP's for 16 MB a check (Password Storage Cheat Sheet)."""

    salt: bytes
    digest: bytes = b""
    ln: int = 14
    r: int = 8
    p: int = 5

    @classmethod
    def make(cls, password: str) -> PasswordHash:
        """A new one with a salt of its own. Takes a good part of a second."""
        fresh = cls(os.urandom(16))
        return cls(fresh.salt, fresh.of(password))

    @classmethod
    def parse(cls, text: str) -> PasswordHash:
        """ValueError, without the text in it, if it is no such hash or asks for too much."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError("must be a hash that mailward smtpauth-hash made, $scrypt$ln=…,r=…,p=…$…$…")
        ln, r, p = (int(number) for number in found.group(1, 2, 3))
        if not (10 <= ln <= 20 and r >= 1 and 1 <= p <= 16 and (128 * r) << ln <= MEMORY_LIMIT):
            raise ValueError(
                "its parameters are out of range: ln 10 to 20, p 1 to 16, 128·r·2^ln at most 128 MB"
            )
        try:
            salt, digest = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in found.group(4, 5))
        except binascii.Error as error:
            raise ValueError("its salt or hash is not base64") from error
        if len(salt) < 8 or not 16 <= len(digest) <= 64:
            raise ValueError("its salt must be of 8 octets at least, its hash of 16 to 64")
        return cls(salt, digest, ln, r, p)

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).rstrip(b"=").decode() for part in (self.salt, self.digest))
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${salt}${digest}"

    def of(self, password: str) -> bytes:
        """This password's digest under these parameters. Slow; the interpreter lock is free meanwhile."""
        return hashlib.scrypt(
            unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass"),
            salt=self.salt,
            n=1 << self.ln,
            r=self.r,
            p=self.p,
            maxmem=MEMORY_LIMIT + (8 << 20),
            dklen=len(self.digest) or 32,
        )

    def fits(self, password: str) -> bool:
        """True if it is this password. Slow."""
        return len(password) <= MOST and hmac.compare_digest(self.of(password), self.digest)


NOBODY = PasswordHash(bytes(16), bytes(32))  # checked for names that do not exist, to take as long


def account_name(text: str) -> str:
    """What names are compared by: NFC, without regard to case (RFC 8265 section 3.3)."""
    return unicodedata.normalize("NFC", text.lower())
