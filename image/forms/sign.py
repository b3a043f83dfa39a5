"""Signing an OVA: the `.cert` file of DSP0243, with the manifest's signature and the certificate to check it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailward.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_LINE = re.compile(rb"SHA256\(([^()\s]+)\)= ([0-9a-f]+)\n")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n")


class BadSigner(BadInput):
    key = "image.forms.signer"
    sentence = "{file} cannot sign an OVA: {problem}"
    remedy = "Give a private key (RSA, PEM, without a passphrase) with --sign-key and its certificate with --sign-cert"


@dataclass(frozen=True)
class Signer:
    """An RSA key, which is what importers can check, and the certificate that belongs to it."""

    private: RSAPrivateKey
    certificate: Certificate

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hex."""
        from cryptography.hazmat.primitives.hashes import SHA256

        return self.certificate.fingerprint(SHA256()).hex()

    def certificate_file(self, name: str, manifest: bytes) -> bytes:
        """The content of the `.cert` for the manifest called `name`. The same input gives the same bytes."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding

        signature = self.private.sign(manifest, PKCS1v15(), SHA256())
        line = f"SHA256({name})= {signature.hex()}\n"
        return line.encode() + self.certificate.public_bytes(Encoding.PEM)


def load(key: Path, certificate: Path, now: datetime.datetime | None = None) -> Signer:
    """Raises `BadSigner`: not readable, not RSA, too short, expired, or the one does not belong to the other."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        private = load_pem_private_key(_read(key), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSigner(file=key, problem=f"it is no private key that can be read ({error})") from error
    if not isinstance(private, RSAPrivateKey) or private.key_size < 2048:
        raise BadSigner(
            file=key, problem="it is not an RSA key of at least 2048 bits, and importers take no other"
        )
    try:
        found = load_pem_x509_certificate(_read(certificate))
    except ValueError as error:
        raise BadSigner(file=certificate, problem="it is no certificate in PEM") from error
    if found.public_key() != private.public_key():
        raise BadSigner(file=certificate, problem=f"it is not the certificate of {key}")
    moment = now or datetime.datetime.now(datetime.UTC)
    if not found.not_valid_before_utc <= moment <= found.not_valid_after_utc:
        valid = f"{found.not_valid_before_utc:%Y-%m-%d} to {found.not_valid_after_utc:%Y-%m-%d}"
        raise BadSigner(file=certificate, problem=f"it is valid from {valid} only")
    return Signer(private, found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSigner(file=path, problem=error.strerror) from error


@dataclass(frozen=True, slots=True)
class Signature:
    """What a `.cert` file says. exact: in the form that importers read. holds: the signature is of the manifest.
    signed: name of the manifest in it. until: when the certificate ends, None if it cannot be read.
    """

    exact: bool
    holds: bool = False
    signed: str = ""
    until: datetime.datetime | None = None


def check(content: bytes, manifest: bytes) -> Signature:
    """Read a `.cert` and check it against the manifest. Never raises: what is wrong is in the answer."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificate

    line = _LINE.match(content)
    pem = _PEM.search(content)
    if line is None or pem is None or pem.start() != line.end() or len(line[2]) % 2:
        return Signature(exact=False)
    name = line[1].decode("utf-8", "replace")
    try:
        certificate = load_pem_x509_certificate(pem[0])
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return Signature(exact=False, signed=name)
    until = certificate.not_valid_after_utc
    if not isinstance(public, RSAPublicKey):
        return Signature(exact=False, signed=name, until=until)
    try:
        public.verify(bytes.fromhex(line[2].decode()), manifest, PKCS1v15(), SHA256())
    except InvalidSignature:
        return Signature(exact=True, signed=name, until=until)
    return Signature(exact=True, holds=True, signed=name, until=until)
