"""One resolver for access and delivery."""

from __future__ import annotations

import asyncio

import dns.resolver
import pytest

from gateway.access.dns import Answer, Reason
from gateway.config.elements.delivery import Dns, DnsServer, DnsZone
from gateway.service.resolving import access_lookup, resolver_of, system_servers
from tests.gateway.dns.server import Zone, resolving, serving

ZONE = Zone(broken={"fail.example"}, silent={"slow.example"})
ZONE.add("mail.example", "A", "192.0.2.1", "192.0.2.2")
ZONE.add("1.2.0.192.in-addr.arpa", "PTR", "Mail.Example.")
ZONE.add("example", "MX", "10 mail.example.", "20 .", "30 Mail.example.")


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("mail.example", "A", Answer(Reason.OK, ("192.0.2.1", "192.0.2.2"))),
        ("1.2.0.192.in-addr.arpa", "PTR", Answer(Reason.OK, ("mail.example",))),
        ("example", "MX", Answer(Reason.OK, ("", "mail.example", "mail.example"))),
        ("mail.example", "AAAA", Answer(Reason.EMPTY)),
        ("nothing.example", "A", Answer(Reason.ABSENT)),
        ("fail.example", "A", Answer(Reason.FAILED)),
        ("slow.example", "A", Answer(Reason.FAILED)),
        ("a..b", "A", Answer(Reason.ABSENT)),
        ("x" * 64, "A", Answer(Reason.ABSENT)),
    ],
)
def test_what_access_is_told(name: str, kind: str, answer: Answer) -> None:
    async def run() -> Answer:
        async with resolving(ZONE, attempt=0.05) as resolver:
            return await access_lookup(resolver)(name, kind)

    found = asyncio.run(run())
    assert Answer(found.reason, tuple(sorted(found.values))) == answer


def test_configured_servers_are_asked_once_for_both_sides() -> None:
    zone = Zone()
    zone.add("a.example", "A", "192.0.2.1")

    async def run() -> None:
        async with serving(zone) as server:
            element = DnsServer(ip=server.address, port=server.port)
            unreachable = DnsServer(ip="127.0.0.1", port=1)
            zones = [DnsZone(domain=".example", servers=[element])]
            resolver = resolver_of(Dns(servers=[unreachable], zones=zones))
            for _ in range(3):
                assert await access_lookup(resolver)("a.example", "A") == Answer(Reason.OK, ("192.0.2.1",))
            assert len(resolver.cache) == 1

    asyncio.run(run())
    assert zone.asked == ["a.example A"]


def test_a_system_without_a_resolver_answers_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*args: object, **kwargs: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr("dns.resolver.Resolver", nothing)
    assert system_servers() == ()

    async def run() -> Answer:
        return await access_lookup(resolver_of(Dns()))("a.example", "A")

    assert asyncio.run(run()) == Answer(Reason.FAILED)
