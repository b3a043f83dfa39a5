"""Sender verification: host names both ways, sender domains, DNS lists, the exception table."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from gateway.access.dns import Answer, Reason
from gateway.access.sources import HostDns
from gateway.access.verify import (
    Exemption,
    HostName,
    SenderExceptions,
    SenderState,
    ask_lists,
    verify_host,
    verify_sender,
)
from gateway.smtp.address import Mailbox, parse_mailbox

PEER = ip_address("192.0.2.1")
PTR = ("1.2.0.192.in-addr.arpa", "PTR")
Zone = dict[tuple[str, str], Answer]


def ok(*values: str) -> Answer:
    return Answer(Reason.OK, values)


class Dns:
    """A lookup from a table; `slow` takes longer than any deadline here, everything else is NXDOMAIN."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    async def __call__(self, name: str, kind: str) -> Answer:
        if name.startswith("slow"):
            await asyncio.sleep(60)
        return self.zone.get((name, kind), Answer(Reason.ABSENT))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ({}, HostName("", HostDns.NX_DOMAIN)),
        ({PTR: Answer(Reason.EMPTY)}, HostName("", HostDns.NX_DOMAIN)),
        ({PTR: Answer(Reason.FAILED)}, HostName("", HostDns.SERV_FAIL)),
        ({PTR: Answer(Reason.FAILED)}, HostName("", HostDns.SERV_FAIL)),
        ({PTR: ok("mx.example")}, HostName("mx.example", HostDns.NOT_DOUBLE_VERIFIED)),
        (
            {PTR: ok("mx.example"), ("mx.example", "A"): ok("192.0.2.9")},
            HostName("mx.example", HostDns.NOT_DOUBLE_VERIFIED),
        ),
        (
            {PTR: ok("mx.example"), ("mx.example", "A"): Answer(Reason.FAILED)},
            HostName("mx.example", HostDns.SERV_FAIL),
        ),
        (
            {PTR: ok("mx.example"), ("mx.example", "A"): ok("192.0.2.9", "192.0.2.1")},
            HostName("mx.example", HostDns.VERIFIED),
        ),
        (
            {PTR: ok("forged.example", "mx.example"), ("mx.example", "A"): ok("192.0.2.1")},
            HostName("mx.example", HostDns.VERIFIED),
        ),
        ({PTR: ok("a b\r\n.example")}, HostName("", HostDns.NOT_DOUBLE_VERIFIED)),
        ({PTR: ok("slow.example")}, HostName("", HostDns.SERV_FAIL)),
    ],
)
def test_host(zone: Zone, expected: HostName) -> None:
    found = asyncio.run(verify_host(PEER, Dns(zone), deadline=0.05))
    assert found == expected
    assert found.verified is (expected.dns is HostDns.VERIFIED)


def test_host_over_ipv6() -> None:
    address = ip_address("2001:db8::1")
    zone = {(address.reverse_pointer, "PTR"): ok("six.example"), ("six.example", "AAAA"): ok("2001:db8::1")}
    assert asyncio.run(verify_host(address, Dns(zone))) == HostName("six.example", HostDns.VERIFIED)


@pytest.mark.parametrize(
    ("zone", "state"),
    [
        ({}, SenderState.ABSENT),
        ({("d.example", "MX"): ok("mx.example")}, SenderState.OK),
        ({("d.example", "MX"): ok("")}, SenderState.NULL_MX),
        ({("d.example", "MX"): Answer(Reason.FAILED)}, SenderState.FAILED),
        ({("d.example", "MX"): Answer(Reason.EMPTY)}, SenderState.ABSENT),
        ({("d.example", "MX"): Answer(Reason.EMPTY), ("d.example", "A"): ok("192.0.2.1")}, SenderState.OK),
        (
            {("d.example", "MX"): Answer(Reason.EMPTY), ("d.example", "AAAA"): ok("2001:db8::1")},
            SenderState.OK,
        ),
        (
            {("d.example", "MX"): Answer(Reason.EMPTY), ("d.example", "A"): Answer(Reason.FAILED)},
            SenderState.FAILED,
        ),
    ],
)
def test_sender(zone: Zone, state: SenderState) -> None:
    assert asyncio.run(verify_sender(Mailbox("a", "d.example"), Dns(zone))) is state


@pytest.mark.parametrize(
    ("sender", "state"),
    [
        (None, SenderState.OK),
        (Mailbox("a", "[192.0.2.1]"), SenderState.OK),
        (Mailbox("a", "[x400:1]"), SenderState.NO_DOMAIN),
        (Mailbox("a", ""), SenderState.NO_DOMAIN),
        (Mailbox("a", "slow.example"), SenderState.FAILED),
    ],
)
def test_sender_without_a_zone(sender: Mailbox | None, state: SenderState) -> None:
    assert asyncio.run(verify_sender(sender, Dns({}), deadline=0.05)) is state


def test_lists() -> None:
    zone = {
        ("1.2.0.192.bl.example", "A"): ok("127.0.0.2"),
        ("1.2.0.192.sold.example", "A"): ok("198.51.100.1"),
    }
    zones = ["bl.example", "sold.example", "other.example"]
    assert asyncio.run(ask_lists(PEER, zones, Dns(zone))) == {
        "bl.example": True,
        "sold.example": False,
        "other.example": False,
    }


def test_a_slow_list_does_not_name_the_peer() -> None:
    class Slow:
        async def __call__(self, name: str, kind: str) -> Answer:
            await asyncio.sleep(60)
            return ok("127.0.0.2")

    assert asyncio.run(ask_lists(PEER, ["bl.example"], Slow(), deadline=0.05)) == {"bl.example": False}


EXCEPTIONS = SenderExceptions(
    (
        ("boss@example.com", Exemption.ALLOW),
        ("example.com", Exemption.REJECT),
        (".Bücher.example", Exemption.ALLOW),
        ("example.com", Exemption.ALLOW),  # the first entry counts
    )
)


@pytest.mark.parametrize(
    ("sender", "exemption"),
    [
        ("Boss@Example.com", Exemption.ALLOW),
        ("other@example.com", Exemption.REJECT),
        ("a@sub.example.com", None),
        ("a@x.y.xn--bcher-kva.example", Exemption.ALLOW),
        ("a@xn--bcher-kva.example", None),
    ],
)
def test_exceptions(sender: str, exemption: Exemption | None) -> None:
    assert EXCEPTIONS.find(parse_mailbox(sender)) is exemption


def test_no_exceptions() -> None:
    assert EXCEPTIONS.find(None) is None
    assert SenderExceptions().find(Mailbox("a", "b")) is None
