"""The site's release key: Ed25519 (RFC 8032), in PEM as `mailward keys init` makes it and `openssl` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from mailward.errors import BadInput, Failed, Rejected

# Where an image has the public halves of the keys it trusts: several while a site changes its key.
TRUSTED = Path("/usr/lib/mailward/release-keys")


class BadKey(BadInput):
    key = "upgrade.release.key"
    sentence = "{path} is not a release key: {problem}"
    remedy = "Name the folder that `mailward keys init` made, or a file with an Ed25519 key in PEM"


class NoTrustedKey(Failed):
    key = "upgrade.release.no-key"
    sentence = "no key that may sign releases is known: {folder} has none"
    remedy = (
        "Build the image with `mailward image build --keys FOLDER`; an image built without takes no upgrade"
    )


class NotSigned(Rejected):
    key = "upgrade.release.signature"
    sentence = "no key that this appliance trusts signed {name}"
    remedy = (
        "Fetch the release again. If it stays so, somebody else signed it or changed it: ask who publishes it, and "
        "do not install it"
    )


class ReleaseKey:
    """The private half. Fits `upgrade.catalogue.document.Signer`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def load(cls, path: Path) -> ReleaseKey:
        """From a PEM file, or `release.key` of a folder of keys. Raises `BadKey`."""
        file = path / "release.key" if path.is_dir() else path
        try:
            key = load_pem_private_key(file.read_bytes(), None)
        except OSError as error:
            raise BadKey(path=file, problem=error.strerror) from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadKey(
                path=file, problem="no private key without a passphrase, in PEM, is in it"
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey(path=file, problem="it is a key of another kind than Ed25519")
        return cls(key)

    def sign(self, document: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(document)

    def trusted(self) -> TrustedKeys:
        """This key alone, as a verifier."""
        return TrustedKeys([self._key.public_key()])


class TrustedKeys:
    """The public halves. Fits `upgrade.catalogue.document.Verifier`."""

    def __init__(self, keys: Sequence[Ed25519PublicKey]) -> None:
        self._keys = tuple(keys)

    @classmethod
    def load(cls, path: Path = TRUSTED) -> TrustedKeys:
        """From a PEM file, or every ``*.pub`` of a folder. Raises `BadKey`, `NoTrustedKey`."""
        files = sorted(path.glob("*.pub")) if path.is_dir() else [path] if path.exists() else []
        if not files:
            raise NoTrustedKey(folder=path)
        return cls([_public(file) for file in files])

    def verify(self, document: bytes, signature: bytes, *, name: str = "the release") -> None:
        """Raises `NotSigned` unless one of the keys made `signature` over exactly these bytes."""
        for key in self._keys:
            try:
                key.verify(signature, document)
            except InvalidSignature:
                continue
            return
        raise NotSigned(name=name)


def _public(file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise BadKey(path=file, problem=error.strerror) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(path=file, problem="no public key in PEM is in it") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey(path=file, problem="it is a key of another kind than Ed25519")
    return key
