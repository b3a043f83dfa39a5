"""What is wrong with a certificate, found before it is added (A4, U19). Pure: clock and DNS are handed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

_FQDN = re.compile(r"(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


def read(text: str) -> list[x509.Certificate]:
    """The certificates of a PEM text. Raises ValueError with one clause."""
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise ValueError("must be certificates in PEM, from -----BEGIN CERTIFICATE----- on") from error


def name(certificate: x509.Certificate) -> str:
    """Its common name, or its whole subject."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string() or "(no subject)"


def time_problem(certificate: x509.Certificate, now: datetime) -> str:
    """Empty if it is valid now."""
    if now > certificate.not_valid_after_utc:
        return f"{name(certificate)} has expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if now < certificate.not_valid_before_utc:
        return f"{name(certificate)} is valid from {certificate.not_valid_before_utc:%Y-%m-%d} only"
    return ""


def authority_problems(certificates: Sequence[x509.Certificate], now: datetime) -> Iterator[str]:
    """What keeps certificates from being authorities: expired, or CA:FALSE."""
    for certificate in certificates:
        if text := time_problem(certificate, now):
            yield text
        if not _is_authority(certificate):
            yield f"{name(certificate)} is not the certificate of an authority (CA:FALSE)"


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def fqdn_problem(certificate: x509.Certificate, resolves: Callable[[str], bool]) -> str:
    """A4: a CN that resolves or a dNSName passes; without a CN the SAN has to be critical. Empty if it passes."""
    common = [str(found.value) for found in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = [
            text for text in alternative.value.get_values_for_type(x509.DNSName) if _FQDN.fullmatch(text)
        ]
        critical = alternative.critical
    except x509.ExtensionNotFound:
        names, critical = [], False
    if not common:
        if names and critical:
            return ""
        return "it has no common name, and its subjectAltName is not critical with a DNS name"
    if names or any(_FQDN.fullmatch(text) and resolves(text) for text in common):
        return ""
    return f"its common name {common[0]} is no host name that can be resolved, and it has no DNS name"


def chain_problem(certificates: Sequence[x509.Certificate]) -> str:
    """Each has to be issued by one of the others, or by itself. Empty if the chain holds."""
    for certificate in certificates:
        if not any(_issued(certificate, issuer) for issuer in certificates):
            issuer = certificate.issuer.rfc4514_string()
            return f"the chain has a gap: the issuer of {name(certificate)} ({issuer}) is missing"
    return ""


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
