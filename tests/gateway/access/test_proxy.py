"""The PROXY protocol: right to the letter, or refused; never waiting for octets that cannot help."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.proxy import (
    MAX_V1,
    MAX_V2,
    SIGNATURE,
    BadProxyHeader,
    ProxyHeader,
    TrustedProxies,
    parse_proxy,
)
from gateway.access.sources import BadSource

CLIENT, LISTENER = ip_address("192.0.2.1"), ip_address("198.51.100.2")
V1 = b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n"
V1_IPV6 = b"PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n"


def v2(command: int = 0x21, family: int = 0x11, body: bytes | None = None) -> bytes:
    addresses = CLIENT.packed + LISTENER.packed + struct.pack("!HH", 56324, 25) if body is None else body
    return SIGNATURE + struct.pack("!BBH", command, family, len(addresses)) + addresses


V6_BODY = ip_address("2001:db8::1").packed + ip_address("2001:db8::2").packed + struct.pack("!HH", 56324, 25)
V6 = ip_address("2001:db8::1"), 56324, ip_address("2001:db8::2"), 25
GOOD: list[tuple[bytes, tuple[object, ...]]] = [
    (V1, (CLIENT, 56324, LISTENER, 25)),
    (V1_IPV6, V6),
    (b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.2 56324 25\r\n", (CLIENT, 56324, LISTENER, 25)),
    (b"PROXY UNKNOWN\r\n", (None, 0, None, 0)),
    (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", (None, 0, None, 0)),
    (v2(), (CLIENT, 56324, LISTENER, 25)),
    (v2(family=0x21, body=V6_BODY), V6),
    (
        v2(body=CLIENT.packed + LISTENER.packed + b"\xdc\x04\x00\x19" + b"\x04\x00\x01x"),
        (CLIENT, 56324, LISTENER, 25),
    ),
    (v2(command=0x20, family=0, body=b""), (None, 0, None, 0)),
    (v2(command=0x21, family=0, body=b""), (None, 0, None, 0)),
]


@pytest.mark.parametrize(("data", "expected"), GOOD)
def test_good(data: bytes, expected: tuple[object, ...]) -> None:
    header = parse_proxy(data + b"EHLO client\r\n")
    assert header is not None
    assert header.length == len(data)
    assert (header.source, header.source_port, header.destination, header.destination_port) == expected
    for cut in range(len(data)):
        assert parse_proxy(data[:cut]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"EHLO client\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\n",
        b"PROXY  TCP4 192.0.2.1 198.51.100.2 56324 25\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 25 \r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 056324 25\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 1_0 25\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 70000 25\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 1 25\r\n",
        b"PROXY TCP6 192.0.2.1 198.51.100.2 1 25\r\n",
        b"PROXY TCP4 192.0.2.01 198.51.100.2 1 25\r\n",
        b"PROXY UDP4 192.0.2.1 198.51.100.2 1 25\r\n",
        b"PROXY UNKNOWN\n",
        b"PROXY " + b"x" * MAX_V1,
        v2(command=0x11),
        v2(command=0x22),
        v2(family=0x12),
        v2(family=0x31, body=b"/" * 216),
        v2(body=b"short"),
        v2(body=bytes(MAX_V2)),
        SIGNATURE[:11] + b"x",
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(BadProxyHeader) as raised:
        parse_proxy(data, peer="203.0.113.1")
    assert "203.0.113.1" in raised.value.hint()


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11\x00"]),
)
def test_raises_nothing_else(tail: bytes, start: bytes) -> None:
    try:
        header = parse_proxy(start + tail)
    except BadProxyHeader as error:
        assert str(error)
    else:
        assert header is None or (isinstance(header, ProxyHeader) and header.length <= len(start + tail))


def test_who_may_send_one() -> None:
    proxies = TrustedProxies(["203.0.113.0/28", "2001:db8::5"])
    assert ip_address("203.0.113.15") in proxies
    assert ip_address("::ffff:203.0.113.1") in proxies
    assert ip_address("203.0.113.16") not in proxies
    assert ip_address("2001:db8::5") in proxies
    assert ip_address("2001:db8::6") not in proxies
    assert CLIENT not in TrustedProxies([])
    with pytest.raises(BadSource):
        TrustedProxies(["proxy.example.com"])
