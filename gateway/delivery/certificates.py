"""Who a certificate speaks for: names by RFC 9525, chains for DANE's trust anchors.

OpenSSL checks chains against the installed authorities; what it cannot do through Python's `ssl` is done
here: compare with several reference names, and let a TLSA record stand in for an authority (RFC 7671 §5.2).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.smtp.domain import BadDomain, typed_domain

LONGEST_CHAIN = 10
_HASH = SHA256()


def name_matches(pattern: str, name: str) -> bool:
    """Whether a certificate's dNSName covers `name` (A-labels): RFC 9525 §6.3.

    A wildcard is the whole left-most label, stands for exactly one label, and needs two labels after it.
    """
    pattern = pattern.lower().rstrip(".")
    if not pattern.startswith("*."):
        return "*" not in pattern and pattern == name
    rest = pattern[2:]
    if "*" in rest or "." not in rest:
        return False
    first, _, remainder = name.partition(".")
    return bool(first) and remainder == rest


def presented_names(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    """The DNS names and the addresses in subjectAltName; the subject's CN is not looked at (RFC 9525 §2)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return [], []
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return names.get_values_for_type(x509.DNSName), addresses


def speaks_for(certificate: x509.Certificate, references: Iterable[str]) -> bool:
    """Whether `certificate` covers any of the reference names or addresses."""
    names, addresses = presented_names(certificate)
    for reference in references:
        try:
            if str(ipaddress.ip_address(reference)) in addresses:
                return True
            continue
        except ValueError:
            pass  # a name
        try:
            wanted = typed_domain(reference)
        except BadDomain:
            continue
        if any(name_matches(name, wanted) for name in names):
            return True
    return False


def load_chain(chain: Sequence[bytes]) -> list[x509.Certificate]:
    """Certificates from DER, the peer's own first. Raises ValueError where one is malformed."""
    return [x509.load_der_x509_certificate(der) for der in chain[:LONGEST_CHAIN]]


def public_key(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo in DER, what TLSA selector 1 is about."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def path_to(
    leaf: x509.Certificate,
    others: Iterable[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    now: datetime,
) -> bool:
    """Whether `leaf` was issued, through `others`, by one of `anchors`, all valid at `now`.

    Every issuer has to be a CA. An anchor counts as trusted by itself; it needs no issuer (RFC 7671 §5.2.2).
    """
    pool = list(others)
    current, depth = leaf, 0
    seen = {leaf.fingerprint(_HASH)}
    while depth < LONGEST_CHAIN:
        if not current.not_valid_before_utc <= now <= current.not_valid_after_utc:
            return False
        if any(current == anchor for anchor in anchors):
            return True
        parent = next(
            (
                issuer
                for issuer in (*anchors, *pool)
                if issuer.fingerprint(_HASH) not in seen and _issued(current, issuer, depth)
            ),
            None,
        )
        if parent is None:
            return False
        seen.add(parent.fingerprint(_HASH))
        current = parent
        depth += 1
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> bool:
    """Whether `issuer` is a CA that signed `certificate` with `below` CAs between itself and the leaf."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, InvalidSignature, ValueError, TypeError):
        return False
    return constraints.ca and (constraints.path_length is None or below <= constraints.path_length)
