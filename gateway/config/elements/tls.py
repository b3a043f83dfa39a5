"""Certificates of the appliance's own, authorities it believes, and what TLS it speaks (A4, U17, U19)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, Field, model_validator

from gateway.config.types import Element, Label, items, secret

_PEM = "-----BEGIN "


def _certificates(value: str) -> str:
    """PEM of one or more certificates. What a site had before it was checked is told, not refused, elsewhere."""
    if value.startswith("/"):
        return value
    if not value.lstrip().startswith(_PEM):
        raise ValueError("must be in PEM, and begin with -----BEGIN CERTIFICATE-----")
    try:
        x509.load_pem_x509_certificates(value.encode())
    except ValueError as error:
        raise ValueError("has no certificate that can be read") from error
    return value


CertificatesPem = Annotated[str, AfterValidator(_certificates)]


class Certificate(Element):
    """A certificate with its chain and key, in PEM: for listeners, and destinations that name it (G2)."""

    certificate_name: Label
    certificate: CertificatesPem = Field(description="PEM, or the path of a file with it")
    private_key: str = secret(description="PEM without a password, or the path of a file with it")

    @model_validator(mode="after")
    def _pair(self) -> Certificate:
        if self.certificate.startswith("/") or self.private_key.startswith("/"):
            return self  # found out when it is used: the file may be changed at any time
        try:
            key = load_pem_private_key(self.private_key.encode(), None)
        except (ValueError, TypeError) as error:
            raise ValueError(
                "private_key cannot be read: it must be in PEM and without a password"
            ) from error
        leaf = x509.load_pem_x509_certificates(self.certificate.encode())[0]
        if key.public_key() != leaf.public_key():
            raise ValueError("private_key is not that of the first certificate")
        return self


class AuthorityList(Element):
    """Whom the appliance believes about others' certificates (`certconfig > certauthority`)."""

    system: bool = Field(default=True, description="The list that comes with the release")
    authorities: list[CertificatesPem] = items("authority", description="The site's own, one PEM each")


class TlsVersion(StrEnum):
    TLS_1_2 = "TLSv1.2"
    TLS_1_3 = "TLSv1.3"


class TlsSide(Element):
    """One of the places `sslconfig` is about."""

    versions: list[TlsVersion] = items("version", description="Empty for all that are safe")
    ciphers: str = Field(default="", description="OpenSSL's notation, for TLS 1.2; empty for its defaults")


class Ssl(Element):
    """What TLS is spoken (`sslconfig`)."""

    inbound: TlsSide = TlsSide()
    outbound: TlsSide = TlsSide()
    gui: TlsSide = TlsSide()
    check_fqdn: bool = Field(default=False, description="Peers' certificates must name a host (A4)")
