"""A small certificate authority for tests; keys are P-256, made in microseconds."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.delivery.tls import PemPair

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and those above it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def chain(self) -> list[bytes]:
        return [self.der, *(one.public_bytes(Encoding.DER) for one in self.above)]

    @property
    def pair(self) -> PemPair:
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.above))
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return PemPair(pem.decode(), key.decode())

    def server_context(self, folder: Path, clients: Path | None = None) -> ssl.SSLContext:
        """For a server that presents this chain and, with `clients`, wants certificates of that authority."""
        file = folder / f"{self.certificate.serial_number}.pem"
        file.write_text(self.pair.key + self.pair.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return context

    def to_file(self, path: Path) -> Path:
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path


def issue(
    *names: str,
    by: Issued | None = None,
    ca: bool = False,
    path_length: int | None = None,
    start: timedelta = timedelta(days=-1),
    end: timedelta = timedelta(days=30),
    common_name: str = "test",
) -> Issued:
    """A certificate for `names` (DNS names or addresses), self-signed without `by`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"{common_name} {x509.random_serial_number()}"[:64])]
    )
    if names and common_name != "test":
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + start)
        .not_valid_after(NOW + end)
        .add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
        )
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    return Issued(certificate, key, (by.certificate, *by.above) if by else ())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
