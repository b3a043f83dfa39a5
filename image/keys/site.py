"""The folder with a site's keys: making it, and reading it back.

PK.key KEK.key db.key      private keys, PKCS #8 PEM, mode 0600
PK.crt KEK.crt db.crt      their certificates, PEM
PK.esl KEK.esl db.esl      the same as EFI signature lists
PK.auth KEK.auth db.auth   the same as signed updates, which firmware in setup mode takes
release.key release.pub    the Ed25519 key that signs releases, PKCS #8 PEM mode 0600, and its public half
owner.guid                 the GUID under which the firmware lists what is this site's
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from image.keys import authenticated, certificates, signature_list
from mailward.errors import BadInput, Failed, Rejected

# Who signs the update of which variable (UEFI 2.10, section 32.3): each key is vouched for by the one above it.
SIGNERS = {"PK": "PK", "KEK": "PK", "db": "KEK"}

PRIVATE = (*(f"{role}.key" for role in certificates.ROLES), "release.key")
PUBLIC = (
    *(f"{role}.{kind}" for role in certificates.ROLES for kind in ("crt", "esl", "auth")),
    "release.pub",
    "owner.guid",
)


class KeysExist(Rejected):
    key = "keys.exist"
    sentence = "{folder} is not empty"
    remedy = (
        "Keys are never overwritten: appliances out there trust them, and without them take no more upgrades. "
        "Name a new folder"
    )


class BadSiteName(BadInput):
    key = "keys.site-name"
    sentence = "{name!r} is no name of a site: it must have 1 to {limit} octets"
    remedy = "Shorten it; it is only for people who read the certificates"


class KeysUnreadable(BadInput):
    """Fields: folder, reason."""

    key = "keys.unreadable"
    sentence = "{folder} does not hold a site's keys: {reason}"
    remedy = "Make some with `mailward keys init FOLDER`, or restore the folder from where it is kept"


class KeysExposed(Rejected):
    key = "keys.exposed"
    sentence = "others than its owner can read or change {path} (mode {mode:04o})"
    remedy = "If nobody has: chmod 600 {path}. If somebody may have: make new keys"


class CannotWrite(Failed):
    key = "keys.write"
    sentence = "cannot make keys in {folder}: {reason}"
    remedy = "Name a folder on a disk with room, in a place you may write to"


@dataclass(frozen=True)
class SiteKeys:
    """The public side of a folder; private keys stay in their files until something is signed."""

    folder: Path
    owner: UUID
    certificates: dict[str, x509.Certificate]
    release: Ed25519PublicKey

    @property
    def release_fingerprint(self) -> str:
        return certificates.key_fingerprint(self.release)

    def identity(self) -> str:
        """One word that differs when any key does."""
        return " ".join(
            [*map(certificates.fingerprint, self.certificates.values()), self.release_fingerprint]
        )


def create(
    folder: Path,
    site: str,
    *,
    years: int,
    bits: int,
    trusted: Sequence[x509.Certificate] = (),
    now: datetime | None = None,
) -> SiteKeys:
    """Make all keys in `folder`, which must not exist or be empty.

    trusted: further certificates for db, such as the one that signed the firmware of network and RAID cards.
    The folder appears whole or not at all. Raises `KeysExist`, `BadSiteName`, `CannotWrite`.
    """
    if not 1 <= len(site.encode()) <= certificates.SITE_NAME_MAX:
        raise BadSiteName(name=site, limit=certificates.SITE_NAME_MAX)
    begin = (now or datetime.now(UTC)).replace(microsecond=0)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise KeysExist(folder=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        # mkdtemp makes it for its owner alone, and so it stays.
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise CannotWrite(folder=folder, reason=error.strerror) from error
    try:
        for name, content in _make(site, begin, years, bits, trusted).items():
            _write(partial / name, content, private=name in PRIVATE)
        os.sync()
        partial.rename(folder)  # replaces an empty folder, and fails if it has been filled since
    except OSError as error:
        raise CannotWrite(folder=folder, reason=error.strerror) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # gone already when all went well
    return load(folder)


def _make(
    site: str, begin: datetime, years: int, bits: int, trusted: Sequence[x509.Certificate]
) -> dict[str, bytes]:
    owner = uuid4()
    keys = {role: rsa.generate_private_key(65537, bits) for role in certificates.ROLES}
    chain = {
        role: certificates.self_signed(
            role, site, key, begin=begin, years=years, serial=secrets.randbits(127) + 1
        )
        for role, key in keys.items()
    }
    release = Ed25519PrivateKey.generate()
    files = {
        "owner.guid": f"{owner}\n".encode(),
        "release.key": release.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "release.pub": release.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    for role, key in keys.items():
        listed = [chain[role], *(trusted if role == "db" else ())]
        content = signature_list.certificates(owner, [one.public_bytes(Encoding.DER) for one in listed])
        signer = SIGNERS[role]
        update = authenticated.signed(role, content, begin, keys[signer], chain[signer])
        files[f"{role}.key"] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files[f"{role}.crt"] = chain[role].public_bytes(Encoding.PEM)
        files[f"{role}.esl"] = content
        files[f"{role}.auth"] = authenticated.encode(update)
    return files


def _write(path: Path, content: bytes, *, private: bool) -> None:
    path.touch(0o600 if private else 0o644, exist_ok=False)  # the mode is there before the content is
    path.write_bytes(content)


def load(folder: Path) -> SiteKeys:
    """Read the public side, and check that private keys are private. Raises `KeysUnreadable`, `KeysExposed`."""
    missing = [name for name in (*PUBLIC, *PRIVATE) if not (folder / name).is_file()]
    if missing:
        raise KeysUnreadable(folder=folder, reason=f"{missing[0]} is missing")
    for name in PRIVATE:
        mode = stat.S_IMODE((folder / name).stat().st_mode)
        if mode & 0o077:
            raise KeysExposed(path=folder / name, mode=mode)
    try:
        chain = {
            role: x509.load_pem_x509_certificate((folder / f"{role}.crt").read_bytes())
            for role in certificates.ROLES
        }
        release = load_pem_public_key((folder / "release.pub").read_bytes())
        owner = UUID((folder / "owner.guid").read_text().strip())
    except (OSError, ValueError) as error:
        raise KeysUnreadable(folder=folder, reason=str(error)) from error
    if not isinstance(release, Ed25519PublicKey):
        raise KeysUnreadable(folder=folder, reason="release.pub is not an Ed25519 key")
    return SiteKeys(folder, owner, chain, release)


def release_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs releases. Raises what `load` raises."""
    load(folder)
    try:
        found = load_pem_private_key((folder / "release.key").read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise KeysUnreadable(folder=folder, reason=str(error)) from error
    if not isinstance(found, Ed25519PrivateKey):
        raise KeysUnreadable(folder=folder, reason="release.key is not an Ed25519 key")
    return found
