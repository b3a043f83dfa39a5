"""The X.509 certificates of a site's Secure Boot keys, and how keys are named: by fingerprint."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# What each key is for, in the words of its certificate's subject.
ROLES = {"PK": "platform key", "KEK": "key exchange key", "db": "signature database key"}

# Octets. A common name has 64 (RFC 5280 appendix A.1), and the longest role and a space have 23.
SITE_NAME_MAX = 40


def self_signed(
    role: str, site: str, key: RSAPrivateKey, *, begin: datetime, years: int, serial: int
) -> x509.Certificate:
    """A certificate for a key of `ROLES`.

    begin: UTC, whole seconds. years: of 365.25 days. Self-signed, since to the firmware what is in its variables
    is a root; the firmware does not look at the validity, people and other tools do.
    """
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, site),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{site} {ROLES[role]}"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=years * 365.25))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if role == "db":
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
        )
    return builder.sign(key, hashes.SHA256())


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER certificate, in hex: what `openssl x509 -fingerprint -sha256` prints, without colons."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def key_fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the key's SubjectPublicKeyInfo (RFC 8410 section 4) in DER, in hex.

    The same as `openssl pkey -pubin -in release.pub -outform DER | sha256sum`.
    """
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
