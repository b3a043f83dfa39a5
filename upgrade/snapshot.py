"""Copies of the configuration before an upgrade (U2): one for people, one that a return can load.

The first is below /configuration/upgrade, its passwords masked. The second, the checkpoint, has them all; it is
encrypted under a key that never leaves this machine, because /configuration can be reached by FTP and copied.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mailward.durable import sync_folder
from mailward.errors import Failed
from mailward.version import Version

SNAPSHOTS = Path("/var/configuration/upgrade")
PRIVATE = Path("/var/lib/mailward/upgrade")
_NONCE = 12  # octets, as NIST SP 800-38D recommends
_KEY_BITS = 256


class SnapshotFailed(Failed):
    key = "upgrade.snapshot"
    sentence = "the copy {path} of the configuration cannot be {done}: {problem}"
    remedy = "See to the file system, and start the upgrade again"


def write_durably(path: Path, data: bytes, *, mode: int) -> None:
    """`data` under this name, on the disk, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        owner = path.parent.stat()
        os.fchmod(file.fileno(), mode)
        if os.geteuid() == 0:
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


@dataclass(frozen=True, slots=True)
class Copies:
    """Where they are kept: `public` can be reached by FTP, `private` by root alone."""

    public: Path = SNAPSHOTS
    private: Path = PRIVATE

    def save_masked(self, name: str, text: bytes) -> Path:
        """The copy for people. Raises `SnapshotFailed`."""
        return self._write(self.public / name, text, 0o640)

    def seal(self, version: Version, document: bytes) -> Path:
        """The checkpoint of what `version` ran with. Raises `SnapshotFailed`."""
        return self._seal(f"checkpoint-{version}", document)

    def open(self, version: Version) -> bytes | None:
        """What was sealed for `version`; None if nothing was. Raises `SnapshotFailed` if it was changed."""
        return self._open(f"checkpoint-{version}")

    def stage(self, version: Version, document: bytes) -> Path:
        """Keep the migrated document until `version` starts. Sealed as well: it has all passwords."""
        return self._seal(f"staged-{version}", document)

    def staged(self, version: Version) -> bytes | None:
        """What `version` is to start with; None if nothing was staged. Raises `SnapshotFailed`."""
        return self._open(f"staged-{version}")

    def forget(self, version: Version) -> None:
        """Nothing is staged for `version` any more. Its checkpoint stays, to go back to."""
        (self.private / f"staged-{version}").unlink(missing_ok=True)

    def _seal(self, name: str, document: bytes) -> Path:
        nonce = os.urandom(_NONCE)
        # The name is authenticated too, so that one file is never taken for another.
        sealed = nonce + AESGCM(self._key()).encrypt(nonce, document, name.encode())
        return self._write(self.private / name, sealed, 0o600)

    def _open(self, name: str) -> bytes | None:
        path = self.private / name
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SnapshotFailed(path=path, done="read", problem=error.strerror or str(error)) from error
        try:
            return AESGCM(self._key()).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise SnapshotFailed(path=path, done="opened", problem="it or its key was changed") from error

    def _key(self) -> bytes:
        path = self.private / "key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self._write(path, AESGCM.generate_key(_KEY_BITS), 0o600)
            return path.read_bytes()

    def _write(self, path: Path, data: bytes, mode: int) -> Path:
        try:
            write_durably(path, data, mode=mode)
        except OSError as error:
            raise SnapshotFailed(path=path, done="written", problem=error.strerror or str(error)) from error
        return path
