"""DANE for SMTP (RFC 6698, 7671, 7672): TLSA records bind a mail host to keys, under DNSSEC only.

What the records of a host mean is decided once, before the connection (`Dane.look_up`); whether the peer's
chain fits them, right after the handshake (`TlsaSet.matches`). Usages 0 and 1 do not apply to SMTP and make a
record unusable (RFC 7672 §3.1.3).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from hashlib import sha256, sha512

import dns.rdatatype
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from dns.rdtypes.ANY.TLSA import TLSA

from gateway.delivery.certificates import load_chain, path_to, public_key, speaks_for
from gateway.delivery.mx import Exchanger
from gateway.dns.resolver import DnsStatus, Lookup

MOST_RECORDS = 32


class Usage(IntEnum):
    """Certificate usages that mean something for SMTP."""

    TRUST_ANCHOR = 2
    END_ENTITY = 3


class Selector(IntEnum):
    """Which part of a certificate a record is about."""

    CERTIFICATE = 0
    PUBLIC_KEY = 1


class Matching(IntEnum):
    """How that part is given."""

    WHOLE = 0
    SHA256 = 1
    SHA512 = 2


_DIGEST: dict[Matching, Callable[[bytes], bytes]] = {
    Matching.WHOLE: lambda data: data,
    Matching.SHA256: lambda data: sha256(data).digest(),
    Matching.SHA512: lambda data: sha512(data).digest(),
}
_LENGTH = {Matching.SHA256: 32, Matching.SHA512: 64}


class DaneStatus(StrEnum):
    """What DNS says about a host."""

    ABSENT = "absent"  # no DNSSEC or no TLSA: whatever else is configured holds
    USABLE = "usable"  # TLS with a matching chain, or no delivery
    UNUSABLE = "unusable"  # TLS is binding, authentication is not possible (RFC 7672 §2.2)
    FAILED = "failed"  # could be an attack: this host must not be used now (RFC 7672 §2.1.1)


@dataclass(frozen=True, slots=True)
class TlsaRecord:
    """A usable record."""

    usage: Usage
    selector: Selector
    matching: Matching
    data: bytes

    def fits(self, certificate: x509.Certificate) -> bool:
        """Whether the record is about `certificate`."""
        if self.selector is Selector.CERTIFICATE:
            part = certificate.public_bytes(Encoding.DER)
        else:
            part = public_key(certificate)
        return hmac.compare_digest(_DIGEST[self.matching](part), self.data)


@dataclass(frozen=True, slots=True)
class TlsaSet:
    """The usable records of one host and the names its certificate may carry (for usage 2)."""

    records: tuple[TlsaRecord, ...]
    names: tuple[str, ...]

    def matches(self, chain: Sequence[bytes], now: datetime) -> bool:
        """Whether the peer's chain (DER, its own certificate first) fits any record.

        Usage 3: the key alone decides; names and dates are not looked at (RFC 7672 §3.1.1). Usage 2: the
        chain must lead to the anchor, be valid, and its leaf be for one of `names` (RFC 7672 §3.1.2).
        """
        try:
            certificates = load_chain(chain)
        except ValueError:
            return False
        if not certificates:
            return False
        leaf = certificates[0]
        if any(record.usage is Usage.END_ENTITY and record.fits(leaf) for record in self.records):
            return True
        anchors = self._anchors(certificates[1:])
        return (
            bool(anchors) and path_to(leaf, certificates[1:], anchors, now) and speaks_for(leaf, self.names)
        )

    def _anchors(self, presented: Sequence[x509.Certificate]) -> list[x509.Certificate]:
        """Certificates a usage 2 record vouches for; a whole one in DNS need not be presented by the peer."""
        anchors: list[x509.Certificate] = []
        for record in self.records:
            if record.usage is not Usage.TRUST_ANCHOR:
                continue
            anchors.extend(certificate for certificate in presented if record.fits(certificate))
            if record.selector is Selector.CERTIFICATE and record.matching is Matching.WHOLE:
                try:
                    anchors.append(x509.load_der_x509_certificate(record.data))
                except ValueError:
                    continue
        return anchors


@dataclass(frozen=True, slots=True)
class DaneAnswer:
    """What is known of a host before connecting to it. `name` is the TLSA base domain, sent as SNI."""

    status: DaneStatus
    tlsa: TlsaSet = TlsaSet((), ())
    name: str = ""
    reason: str = ""


def usable(record: TLSA) -> TlsaRecord | None:
    """The record if SMTP can use it: a known usage, selector and matching, and data of the right length."""
    try:
        usage, selector = Usage(record.usage), Selector(record.selector)
        matching = Matching(record.mtype)
    except ValueError:
        return None
    if matching in _LENGTH and len(record.cert) != _LENGTH[matching]:
        return None
    return TlsaRecord(usage, selector, matching, record.cert) if record.cert else None


class Dane:
    """Looks up TLSA records by RFC 7672 §2.2."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def look_up(self, host: Exchanger, domain: str, *, secure_mx: bool) -> DaneAnswer:
        """What binds `host` as an exchanger of `domain`; only with DNSSEC all the way (RFC 7672 §2.2.1)."""
        if not (secure_mx and host.secure):
            return DaneAnswer(DaneStatus.ABSENT, reason="the way to the host is not under DNSSEC")
        # RFC 7672 §2.2.2: first the end of a secure CNAME chain, then the name the MX record had.
        bases = [host.canonical, host.name] if host.canonical not in ("", host.name) else [host.name]
        for base in bases:
            answer = await self._lookup.query(f"_{host.port}._tcp.{base}", dns.rdatatype.TLSA)
            if answer.status is DnsStatus.FAILED:
                return DaneAnswer(DaneStatus.FAILED, name=base, reason=answer.reason)
            if answer.status is not DnsStatus.FOUND or not answer.secure:
                continue
            found = [record for record in answer.records if isinstance(record, TLSA)][:MOST_RECORDS]
            records = tuple(good for good in map(usable, found) if good is not None)
            names = tuple(dict.fromkeys((base, host.name, domain)))
            if records:
                return DaneAnswer(DaneStatus.USABLE, TlsaSet(records, names), base)
            return DaneAnswer(DaneStatus.UNUSABLE, name=base, reason="no TLSA record is of a usable kind")
        return DaneAnswer(DaneStatus.ABSENT, reason="no TLSA record")
