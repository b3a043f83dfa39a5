"""TLS towards a destination: what is demanded of a connection, and the contexts to make it with.

The demand is worked out before connecting, from the destination control, DANE and MTA-STS, in this order:
DANE binds where the zone offers it and overrules MTA-STS (RFC 8461 §2), MTA-STS binds in mode enforce, and
then the control's own level counts.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography import x509

from gateway.delivery.certificates import speaks_for
from gateway.delivery.controls import Control, DaneLevel, TlsLevel
from gateway.delivery.dane import DaneAnswer, DaneStatus, TlsaSet
from gateway.delivery.mtasts import StsMode, StsPolicy
from gateway.delivery.mx import Exchanger
from mailward.errors import BadInput

MOST_CONTEXTS = 200


class TlsSource(StrEnum):
    """What a demand comes from; goes into the log."""

    CONTROL = "destination control"
    DANE = "DANE"
    STS = "MTA-STS"


@dataclass(frozen=True, slots=True)
class TlsDemand:
    """How a connection has to be.

    offer: use STARTTLS where the host has it. required: no TLS, no mail. names: the certificate must chain to
    an authority and be for one of these; empty: anyone's will do. tlsa: DANE instead of authorities.
    """

    offer: bool
    required: bool = False
    names: tuple[str, ...] = ()
    tlsa: TlsaSet | None = None
    sni: str = ""
    certificate: str = ""
    source: TlsSource = TlsSource.CONTROL


@dataclass(frozen=True, slots=True)
class TlsRefusal:
    """The host must not be used now; mail waits. `status` is an enhanced status code of RFC 7505/3463."""

    reason: str
    status: str = "4.7.5"


class BadCertificate(BadInput):
    """A certificate or key that TLS cannot use."""

    key = "delivery.bad-certificate"
    sentence = "Certificate {name} cannot be used for TLS: {reason}"
    remedy = "Import the certificate again together with its private key."


@dataclass(frozen=True, slots=True)
class PemPair:
    """A certificate with its chain and its private key, both in PEM."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "PemPair(…)"  # a private key does not belong in a log


def use_pair(context: ssl.SSLContext, name: str, pair: PemPair) -> None:
    """Give a context its certificate. Either half may be the path of a file instead. Raises BadCertificate."""
    # `ssl` reads files only; a memory file keeps the key off the disk.
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        halves = [
            Path(half).read_text() if half.startswith("/") else half for half in (pair.key, pair.certificate)
        ]
        with open(descriptor, "wb", closefd=False) as file:
            file.write("".join(f"{half.strip()}\n" for half in halves).encode())
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    except (ssl.SSLError, OSError, UnicodeDecodeError) as error:
        raise BadCertificate(name=name, reason=str(error)) from error
    finally:
        os.close(descriptor)


def demand(
    control: Control,
    host: Exchanger,
    domain: str,
    *,
    dane: DaneAnswer | None = None,
    policy: StsPolicy | None = None,
    names: tuple[str, ...] = (),
) -> TlsDemand | TlsRefusal:
    """What a connection to `host` for `domain` has to be.

    names: further reference names the administrator vouches for (the host of an SMTP route).
    """
    if control.dane is not DaneLevel.NONE:
        answer = dane or DaneAnswer(DaneStatus.ABSENT)
        if answer.status is DaneStatus.FAILED:
            return TlsRefusal(f"TLSA lookup for {host.name} failed: {answer.reason}")
        if answer.status is DaneStatus.USABLE:
            return TlsDemand(True, True, (), answer.tlsa, answer.name, control.certificate, TlsSource.DANE)
        if control.dane is DaneLevel.MANDATORY:
            return TlsRefusal(
                f"DANE is mandatory for {domain}, but {answer.reason or 'there is no TLSA record'}"
            )
        if answer.status is DaneStatus.UNUSABLE and control.tls is not TlsLevel.REQUIRED_VERIFIED:
            return TlsDemand(True, True, (), None, host.name, control.certificate, TlsSource.DANE)
    if control.mta_sts and policy is not None and policy.mode is StsMode.ENFORCE:
        if not policy.allows(host.name):
            return TlsRefusal(f"{host.name} is not in the MTA-STS policy of {domain}")
        return TlsDemand(True, True, (host.name,), None, host.name, control.certificate, TlsSource.STS)
    if control.tls is TlsLevel.NONE:
        return TlsDemand(False)
    required = control.tls in (TlsLevel.REQUIRED, TlsLevel.REQUIRED_VERIFIED)
    wanted: tuple[str, ...] = ()
    if control.tls is TlsLevel.REQUIRED_VERIFIED:
        wanted = tuple(dict.fromkeys((*names, host.name, domain)))
    return TlsDemand(True, required, wanted, None, host.name, control.certificate)


def peer_chain(connection: ssl.SSLObject | ssl.SSLSocket) -> list[bytes]:
    """The certificates a peer sent, in DER, its own first; empty without TLS.

    Public from Python 3.13 on; before, the C object underneath has the same method.
    """
    source: Any = connection
    if not hasattr(source, "get_unverified_chain"):
        source = source._sslobj
    chain = source.get_unverified_chain() or []
    return [
        item if isinstance(item, bytes) else ssl.PEM_cert_to_DER_cert(item.public_bytes()) for item in chain
    ]


def objection(wanted: TlsDemand, chain: list[bytes], now: datetime | None = None) -> str:
    """Why the peer's chain does not meet the demand; empty if it does. Authorities were OpenSSL's part."""
    if wanted.tlsa is not None:
        if wanted.tlsa.matches(chain, now or datetime.now(UTC)):
            return ""
        return "the certificate matches no TLSA record"
    if not wanted.names:
        return ""
    if not chain:
        return "the host sent no certificate"
    try:
        leaf = x509.load_der_x509_certificate(chain[0])
    except ValueError:
        return "the certificate is malformed"
    if speaks_for(leaf, wanted.names):
        return ""
    return f"the certificate is not for {' or '.join(wanted.names)}"


class TlsContexts:
    """Contexts by (own certificate, authorities checked): made once, because making one takes milliseconds.

    Args:
        certificates: own certificates by name, for destinations that ask for one (G2).
        authorities: file of trusted authorities in PEM; None: those of the system.
    """

    def __init__(
        self,
        certificates: Mapping[str, PemPair] | None = None,
        authorities: Path | None = None,
        minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    ) -> None:
        self._certificates = dict(certificates or {})
        self._authorities = authorities
        self._minimum = minimum
        self._made: dict[tuple[str, bool], ssl.SSLContext] = {}

    def get(self, wanted: TlsDemand) -> ssl.SSLContext:
        """The context for a demand. Raises `BadCertificate`."""
        checked = bool(wanted.names) and wanted.tlsa is None
        key = (wanted.certificate, checked)
        if key not in self._made:
            if len(self._made) >= MOST_CONTEXTS:
                self._made.clear()
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, certificate: str, checked: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Names are compared by `objection`, which knows several of them.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED if checked else ssl.CERT_NONE
        context.minimum_version = self._minimum
        if checked and self._authorities is not None:
            context.load_verify_locations(self._authorities)
        elif checked:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        if certificate:
            self._load(context, certificate)
        return context

    def _load(self, context: ssl.SSLContext, name: str) -> None:
        pair = self._certificates.get(name)
        if pair is None:
            raise BadCertificate(name=name, reason="there is none of that name")
        use_pair(context, name, pair)
