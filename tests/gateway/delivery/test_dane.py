"""gateway.delivery.dane, against a real server on loopback"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256, sha512

import dns.exception
import dns.rdata
import pytest
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.TLSA import TLSA
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.certificates import public_key
from gateway.delivery.dane import (
    Dane,
    DaneAnswer,
    DaneStatus,
    Matching,
    Selector,
    TlsaRecord,
    TlsaSet,
    Usage,
    usable,
)
from gateway.delivery.mx import Exchanger
from tests.gateway.delivery.pki import NOW, Issued, issue
from tests.gateway.dns.server import Zone, resolving

HOST = Exchanger("mx.example.com", 10, ("192.0.2.1",), secure=True, canonical="mx.example.com")
ROOT = issue(ca=True)
LEAF = issue("mx.example.com", by=ROOT)


def look_up(zone: Zone, host: Exchanger = HOST, *, secure_mx: bool = True) -> DaneAnswer:
    async def run() -> DaneAnswer:
        async with resolving(zone) as resolver:
            return await Dane(resolver).look_up(host, "example.com", secure_mx=secure_mx)

    return asyncio.run(run())


def record(usage: Usage, selector: Selector, matching: Matching, issued: Issued) -> TlsaRecord:
    part = issued.der if selector is Selector.CERTIFICATE else public_key(issued.certificate)
    digests = {
        Matching.WHOLE: part,
        Matching.SHA256: sha256(part).digest(),
        Matching.SHA512: sha512(part).digest(),
    }
    return TlsaRecord(usage, selector, matching, digests[matching])


def tlsa(found: TlsaRecord) -> str:
    return f"{found.usage.value} {found.selector.value} {found.matching.value} {found.data.hex()}"


GOOD = tlsa(record(Usage.END_ENTITY, Selector.PUBLIC_KEY, Matching.SHA256, LEAF))


def test_a_signed_record_binds() -> None:
    zone = Zone()
    zone.add("_25._tcp.mx.example.com", "TLSA", GOOD, secure=True)
    answer = look_up(zone)
    assert (answer.status, answer.name) == (DaneStatus.USABLE, "mx.example.com")
    assert answer.tlsa.matches(LEAF.chain, NOW)
    assert not answer.tlsa.matches(issue("mx.example.com").chain, NOW)


def test_without_dnssec_all_the_way_there_is_no_dane() -> None:
    zone = Zone()
    zone.add("_25._tcp.mx.example.com", "TLSA", GOOD)
    assert look_up(zone).status is DaneStatus.ABSENT
    zone.secure.add("_25._tcp.mx.example.com")
    zone.asked.clear()
    assert look_up(zone, secure_mx=False).status is DaneStatus.ABSENT
    assert look_up(zone, replace(HOST, secure=False)).status is DaneStatus.ABSENT
    assert zone.asked == [], "an unsigned host must not even be asked about: RFC 7672 §2.2.2"


def test_a_lookup_that_fails_closes_the_host() -> None:
    assert look_up(Zone(broken={"_25._tcp.mx.example.com"})).status is DaneStatus.FAILED


def test_records_of_other_kinds_leave_tls_binding() -> None:
    zone = Zone()
    zone.add("_25._tcp.mx.example.com", "TLSA", "1 1 1 " + "ab" * 32, "3 1 9 abcd", secure=True)
    assert look_up(zone).status is DaneStatus.UNUSABLE


def test_the_end_of_an_alias_comes_first_then_the_name_in_mx() -> None:
    host = replace(HOST, canonical="real.example.net")
    zone = Zone()
    zone.add("_25._tcp.mx.example.com", "TLSA", GOOD, secure=True)
    assert look_up(zone, host).name == "mx.example.com"
    zone.add("_25._tcp.real.example.net", "TLSA", GOOD, secure=True)
    answer = look_up(zone, host)
    assert answer.name == "real.example.net"
    assert answer.tlsa.names == ("real.example.net", "mx.example.com", "example.com")


def test_the_port_of_a_route_is_asked_for() -> None:
    zone = Zone()
    zone.add("_587._tcp.mx.example.com", "TLSA", GOOD, secure=True)
    assert look_up(zone, replace(HOST, port=587)).status is DaneStatus.USABLE


@pytest.mark.parametrize("selector", Selector)
@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("usage", Usage)
def test_every_selector_and_matching(usage: Usage, selector: Selector, matching: Matching) -> None:
    issued = LEAF if usage is Usage.END_ENTITY else ROOT
    records = TlsaSet((record(usage, selector, matching, issued),), ("mx.example.com",))
    assert records.matches(LEAF.chain, NOW)
    assert not records.matches(issue("mx.example.com", by=issue(ca=True)).chain, NOW)


def test_usage_3_looks_at_the_key_alone_usage_2_at_name_and_dates() -> None:
    stale = issue("other.example", by=ROOT, end=timedelta(hours=-1))
    end_entity = record(Usage.END_ENTITY, Selector.PUBLIC_KEY, Matching.SHA256, stale)
    anchor = record(Usage.TRUST_ANCHOR, Selector.CERTIFICATE, Matching.SHA256, ROOT)
    assert TlsaSet((end_entity,), ("mx.example.com",)).matches(stale.chain, NOW)
    assert not TlsaSet((anchor,), ("other.example",)).matches(stale.chain, NOW)
    assert not TlsaSet((anchor,), ("wrong.example",)).matches(LEAF.chain, NOW)


def test_a_whole_anchor_in_dns_need_not_be_presented() -> None:
    records = (record(Usage.TRUST_ANCHOR, Selector.CERTIFICATE, Matching.WHOLE, ROOT),)
    assert TlsaSet(records, ("mx.example.com",)).matches(LEAF.chain[:1], NOW)


def test_an_anchor_that_signed_nothing_here_is_worth_nothing() -> None:
    records = (record(Usage.TRUST_ANCHOR, Selector.CERTIFICATE, Matching.SHA256, ROOT),)
    forged = issue("mx.example.com", by=issue(ca=True))
    assert not TlsaSet(records, ("mx.example.com",)).matches([forged.der, ROOT.der], NOW)


@given(st.lists(st.binary(max_size=40), max_size=3), st.binary(min_size=1, max_size=40))
def test_any_chain_gets_a_verdict(chain: list[bytes], data: bytes) -> None:
    records = (
        TlsaRecord(Usage.TRUST_ANCHOR, Selector.CERTIFICATE, Matching.WHOLE, data),
        TlsaRecord(Usage.END_ENTITY, Selector.CERTIFICATE, Matching.WHOLE, data),
    )
    assert not TlsaSet(records, ()).matches(chain, NOW)


@given(st.binary(min_size=3, max_size=80))
def test_any_rdata_is_usable_or_not(wire: bytes) -> None:
    try:
        parsed = dns.rdata.from_wire(IN, RdataType.TLSA, wire, 0, len(wire))
    except dns.exception.DNSException:
        return  # dnspython refuses digests of a wrong length; the resolver reports the answer as failed
    assert isinstance(parsed, TLSA)
    found = usable(parsed)
    assert found is None or found.data
