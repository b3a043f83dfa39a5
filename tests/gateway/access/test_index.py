"""First match wins: the index against a walk down the table."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.hat import Peer
from gateway.access.index import HostIndex, Stretches
from gateway.access.sources import (
    Addresses,
    Below,
    DnsList,
    Everyone,
    Host,
    HostDns,
    NoScore,
    Score,
    Source,
    parse_source,
)


def matches(source: Source, peer: Peer) -> bool:
    """The plain meaning of each source."""
    named = peer.host if peer.dns is HostDns.VERIFIED else ""
    match source:
        case Addresses():
            number = int(peer.address)
            return source.version == peer.address.version and source.low <= number <= source.high
        case Host():
            return named == source.name
        case Below():
            return named.endswith("." + source.domain)
        case Score():
            return peer.score is not None and source.low <= peer.score <= source.high
        case NoScore():
            return peer.score is None
        case DnsList():
            return bool(peer.listed and peer.listed.get(source.zone))
        case HostDns():
            return peer.dns is source
        case Everyone():
            return True


NAMES = st.sampled_from(["example.com", "a.example.com", "b.a.example.com", "example.net", "com"])
ZONES = st.sampled_from(["one.example", "two.example"])
SOURCES: st.SearchStrategy[Source] = st.one_of(
    st.builds(lambda a, b: Addresses(4, min(a, b), max(a, b), ""), st.integers(0, 15), st.integers(0, 15)),
    st.builds(lambda a, b: Addresses(6, min(a, b), max(a, b), ""), st.integers(0, 15), st.integers(0, 15)),
    st.builds(Host, NAMES),
    st.builds(Below, NAMES),
    st.builds(lambda a, b: Score(min(a, b), max(a, b)), st.integers(-10, 10), st.integers(-10, 10)),
    st.just(NoScore()),
    st.builds(DnsList, ZONES),
    st.sampled_from([HostDns.NX_DOMAIN, HostDns.SERV_FAIL, HostDns.NOT_DOUBLE_VERIFIED]),
    st.just(Everyone()),
)
PEERS = st.builds(
    Peer,
    address=st.one_of(st.integers(0, 16).map(IPv4Address), st.integers(0, 16).map(IPv6Address)),
    host=st.one_of(st.just(""), NAMES),
    dns=st.sampled_from(HostDns),
    score=st.one_of(st.none(), st.integers(-10, 10).map(float)),
    listed=st.one_of(
        st.none(), st.dictionaries(st.sampled_from(["one.example", "two.example"]), st.booleans())
    ),
)


@given(st.lists(SOURCES, max_size=30), PEERS)
def test_agrees_with_a_walk(sources: list[Source], peer: Peer) -> None:
    table = [*sources, Everyone()]
    index = HostIndex((source, position) for position, source in enumerate(table))
    expected = next(position for position, source in enumerate(table) if matches(source, peer))
    assert index.first(peer) == expected
    # Whatever the lists not asked for had said, the answer would be the same.
    unasked = Peer(peer.address, peer.host, peer.dns, peer.score, {})
    asked = {zone: bool(peer.listed and peer.listed.get(zone)) for zone in index.zones(unasked)}
    assert index.first(Peer(peer.address, peer.host, peer.dns, peer.score, asked)) == expected


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=20))
def test_stretches(pairs: list[tuple[int, int]]) -> None:
    ranges = [(min(pair), max(pair), position) for position, pair in enumerate(pairs)]
    stretches = Stretches(ranges, 99)
    for number in range(-1, 43):
        assert stretches.lowest(number) == min((p for a, b, p in ranges if a <= number <= b), default=99)


def test_all_is_needed() -> None:
    with pytest.raises(ValueError, match="ALL"):
        HostIndex([(parse_source("10."), 1)])


def test_zones_are_asked_only_if_they_could_matter() -> None:
    texts = ["192.0.2.", "dnslist[one.example]", "10.", "dnslist[two.example]", "ALL"]
    index = HostIndex((parse_source(text), text) for text in texts)
    assert index.zones(Peer(ip_address("192.0.2.1"))) == ()
    assert index.zones(Peer(ip_address("10.0.0.1"))) == ("one.example",)
    assert index.zones(Peer(ip_address("2001:db8::1"))) == ("one.example", "two.example")
