"""Sources of the host access table: every text form, and back."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.sources import (
    Addresses,
    BadSource,
    Below,
    DnsList,
    Everyone,
    Host,
    HostDns,
    NoScore,
    Score,
    parse_source,
    plain_address,
)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("192.0.2.", "192.0.2.0", "192.0.2.255"),
        ("192.0.2", "192.0.2.0", "192.0.2.255"),
        ("192.0.", "192.0.0.0", "192.0.255.255"),
        ("10", "10.0.0.0", "10.255.255.255"),
        ("10.", "10.0.0.0", "10.255.255.255"),
        ("192.0.2.1-20", "192.0.2.1", "192.0.2.20"),
        ("192.0.2-4.", "192.0.2.0", "192.0.4.255"),
        ("192.0-5", "192.0.0.0", "192.5.255.255"),
        ("10-12.", "10.0.0.0", "12.255.255.255"),
        ("192.0.2.1-192.0.3.9", "192.0.2.1", "192.0.3.9"),
        ("192.0.2.0/24", "192.0.2.0", "192.0.2.255"),
        ("192.0.2.77/24", "192.0.2.0", "192.0.2.255"),
        ("10/8", "10.0.0.0", "10.255.255.255"),
        ("172.16/12", "172.16.0.0", "172.31.255.255"),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::1"),
        ("2001:DB8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::1-2001:db8::ff", "2001:db8::1", "2001:db8::ff"),
    ],
)
def test_addresses(text: str, low: str, high: str) -> None:
    source = parse_source(text)
    assert isinstance(source, Addresses)
    first, last = ip_address(low), ip_address(high)
    assert (source.version, source.low, source.high) == (first.version, int(first), int(last))
    assert parse_source(str(source)) == source


@pytest.mark.parametrize(
    ("text", "source", "shown"),
    [
        ("Mail.Example.COM", Host("mail.example.com"), "mail.example.com"),
        (".Bücher.example", Below("xn--bcher-kva.example"), ".bücher.example"),
        ("SBRS[-10:-3]", Score(-10.0, -3.0), "sbrs[-10.0:-3.0]"),
        ("sbrs[-0.0:+10.0]", Score(0.0, 10.0), "sbrs[0.0:10.0]"),
        ("SBRS[none]", NoScore(), "sbrs[none]"),
        ("dnslist[BL.example.com]", DnsList("bl.example.com"), "dnslist[bl.example.com]"),
        ("NX.domain", HostDns.NX_DOMAIN, "nx.domain"),
        ("serv.fail", HostDns.SERV_FAIL, "serv.fail"),
        ("not.double.verified", HostDns.NOT_DOUBLE_VERIFIED, "not.double.verified"),
        ("all", Everyone(), "ALL"),
    ],
)
def test_others(text: str, source: object, shown: str) -> None:
    found = parse_source(text)
    assert found == source
    assert str(found) == shown
    assert parse_source(shown) == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..example.com",
        "256.1.1.1",
        "1.2.3.4.",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.9-4",
        "1.2.3.9-1.2.3.4",
        "10/33",
        "1.2.3.4-",
        "-",
        "2001:db8::g",
        "fe80::1%eth0",
        "2001:db8::/129",
        "2001:db8::2-2001:db8::1",
        "sbrs[3:1]",
        "sbrs[-11:0]",
        "sbrs[]",
        "sbrs[0.55:1]",
        "dnslist[]",
        "dnslist[a b]",
        "a_b..c",
        "exa mple.com",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(BadSource) as raised:
        parse_source(text)
    assert raised.value.hint().startswith("write an IP address")


@given(st.one_of(st.text(max_size=40), st.text("0123456789abcdef.:-/[]nsrALxé", max_size=24)))
def test_raises_nothing_else_and_round_trips(text: str) -> None:
    try:
        source = parse_source(text)
    except BadSource as error:
        assert str(error)
    else:
        assert parse_source(str(source)) == source


def test_an_ipv4_address_over_ipv6_is_an_ipv4_address() -> None:
    assert plain_address("::ffff:192.0.2.1") == IPv4Address("192.0.2.1")
    assert plain_address("2001:db8::1") == IPv6Address("2001:db8::1")
    assert plain_address(IPv4Address("192.0.2.1")) == IPv4Address("192.0.2.1")
