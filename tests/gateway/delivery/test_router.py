"""gateway.delivery.router, DNS against a real server on loopback"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from gateway.delivery.bounce import BounceProfile
from gateway.delivery.controls import ControlEntry, Controls, DaneLevel, LimitBase, LimitScope, TlsLevel
from gateway.delivery.dane import Dane
from gateway.delivery.gateways import GatewayRules, VirtualGateway
from gateway.delivery.mtasts import PolicyBook
from gateway.delivery.mx import Exchangers, Identity
from gateway.delivery.ports import NextHop, RouteFailed
from gateway.delivery.response import Verdict
from gateway.delivery.router import LIFE, STALE, DeliveryRouter, Policy
from gateway.delivery.routes import parse_routes
from gateway.delivery.tls import TlsContexts
from gateway.queue.message import Message
from tests.gateway.delivery.test_mtasts import TEXT, Web
from tests.gateway.dns.server import Zone, resolving

T = TypeVar("T")
TLSA = "3 1 1 " + "ab" * 32


class Clock:
    """A clock the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def using(
    zone: Zone, policy: Policy, work: Callable[[DeliveryRouter], Awaitable[T]], clock: Clock | None = None
) -> T:
    async def run() -> T:
        async with resolving(zone) as resolver:
            web = Web(TEXT)
            router = DeliveryRouter(
                policy,
                Exchangers(resolver, Identity(frozenset({"ours.example"}))),
                Dane(resolver),
                TlsContexts(),
                book=PolicyBook(resolver, web, web, lambda: 0.0),
                clock=clock or Clock(),
            )
            return await work(router)

    return asyncio.run(run())


def find(zone: Zone, policy: Policy, domain: str = "example.com", gateway: str = "") -> NextHop:
    return using(zone, policy, lambda router: router.find(domain, gateway))


def failed(zone: Zone, policy: Policy, domain: str = "example.com") -> RouteFailed:
    with pytest.raises(RouteFailed) as caught:
        find(zone, policy, domain)
    return caught.value


def zone() -> Zone:
    zone = Zone()
    zone.add("example.com", "MX", "10 mail.example.com.", "20 backup.example.org.", secure=True)
    zone.add("mail.example.com", "A", "192.0.2.1", secure=True)
    zone.add("mail.example.com", "AAAA", "2001:db8::1", secure=True)
    zone.add("backup.example.org", "A", "192.0.2.2")
    zone.add("relay.example.net", "A", "192.0.2.3")
    return zone


def test_by_mx() -> None:
    hop = find(zone(), Policy())
    assert hop.key == "example.com"
    assert [host.address for host in hop.hosts] == ["2001:db8::1", "192.0.2.1", "192.0.2.2"]
    assert [host.rank for host in hop.hosts] == [20, 21, 40]
    assert (hop.connections, hop.messages) == (500, 50)
    assert not hop.hosts[0].tls.offer


def test_by_route_with_priorities() -> None:
    text = "ALL backup.example.org:26/pri=20, [relay.example.net]:2525/pri=10, [192.0.2.9]/pri=10\n"
    zone_of_backup = zone()
    hop = find(zone_of_backup, Policy(parse_routes(text)))
    assert [(host.address, host.port) for host in hop.hosts] == [
        ("192.0.2.3", 2525), ("192.0.2.9", 25), ("192.0.2.2", 26),
    ]  # fmt: skip
    assert hop.hosts[0].rank == hop.hosts[1].rank < hop.hosts[2].rank
    assert "backup.example.org MX" in zone_of_backup.asked
    assert "relay.example.net MX" not in zone_of_backup.asked


def test_domains_of_one_route_share_a_hop_unless_a_control_says_otherwise() -> None:
    policy = Policy(
        parse_routes("ALL [192.0.2.9]\n"), Controls({"special.example": ControlEntry(connections=3)})
    )
    first, second = find(Zone(), policy, "a.example"), find(Zone(), policy, "b.example")
    assert first.key == second.key == "[192.0.2.9]"
    special = find(Zone(), policy, "special.example")
    assert (special.key, special.connections) == ("special.example", 3)


def test_a_route_to_addresses_is_known_at_once() -> None:
    async def known(router: DeliveryRouter) -> list[NextHop | None]:
        return [router.known(name) for name in ("a.example", "b.example", "c.example", "d.example", "a..b")]

    text = "a.example [192.0.2.9]:26, 2001:db8::1\nb.example /dev/null\nc.example [relay.example.net]\n"
    found = using(Zone(), Policy(parse_routes(text)), known)
    assert [hop and (len(hop.hosts), hop.discard) for hop in found] == [
        (2, False),
        (0, True),
        None,
        None,
        None,
    ]


def test_discard() -> None:
    assert find(Zone(), Policy(parse_routes("ALL /dev/null\n"))).discard


@pytest.mark.parametrize(
    ("domain", "status", "verdict"),
    [
        ("absent.example", "5.1.2", Verdict.HARD),
        ("null.example", "5.1.10", Verdict.HARD),
        ("ours-only.example", "5.4.6", Verdict.HARD),
        ("broken.example", "4.4.3", Verdict.SOFT),
        ("a..b", "5.1.2", Verdict.HARD),
    ],
)
def test_no_route(domain: str, status: str, verdict: Verdict) -> None:
    bad = Zone(broken={"broken.example"})
    bad.add("null.example", "MX", "0 .")
    bad.add("ours-only.example", "MX", "10 ours.example.")
    response = failed(bad, Policy(), domain).response
    assert (response.status, response.verdict) == (status, verdict)


def test_a_route_whose_hosts_cannot_be_found_waits_if_any_might_come_back() -> None:
    bad = Zone(broken={"slow.example"})
    policy = Policy(parse_routes("ALL [gone.example], [slow.example]\n"))
    assert failed(bad, policy).response.verdict is Verdict.SOFT
    policy = Policy(parse_routes("ALL [gone.example]\n"))
    assert failed(bad, policy).response.verdict is Verdict.HARD


def test_each_host_has_its_own_demand() -> None:
    signed = zone()
    signed.add("_25._tcp.mail.example.com", "TLSA", TLSA, secure=True)
    policy = Policy(
        controls=Controls({"ALL": ControlEntry(tls=TlsLevel.PREFERRED, dane=DaneLevel.OPPORTUNISTIC)})
    )
    hop = find(signed, policy)
    assert [(bool(host.tls.tlsa), host.tls.required) for host in hop.hosts] == [
        (True, True), (True, True), (False, False),
    ]  # fmt: skip
    assert all(host.context is not None for host in hop.hosts)


def test_a_host_that_must_not_be_used_is_left_out() -> None:
    signed = zone()
    signed.broken.add("_25._tcp.mail.example.com")
    policy = Policy(controls=Controls({"ALL": ControlEntry(dane=DaneLevel.OPPORTUNISTIC)}))
    assert [host.name for host in find(signed, policy).hosts] == ["backup.example.org"]
    policy = Policy(controls=Controls({"ALL": ControlEntry(dane=DaneLevel.MANDATORY)}))
    response = failed(signed, policy).response
    assert (response.status, response.permanent) == ("4.7.5", False)


def test_mta_sts() -> None:
    kept = zone()
    kept.add("_mta-sts.example.com", "TXT", '"v=STSv1; id=1"')
    policy = Policy(controls=Controls({"ALL": ControlEntry(mta_sts=True)}))
    hop = find(kept, policy)
    assert {host.name for host in hop.hosts} == {"mail.example.com"}, "the backup is not in the policy"
    assert hop.hosts[0].tls.names == ("mail.example.com",)


def test_a_control_with_a_missing_certificate_waits() -> None:
    policy = Policy(controls=Controls({"ALL": ControlEntry(tls=TlsLevel.REQUIRED, certificate="gone")}))
    assert failed(zone(), policy).response.verdict is Verdict.NEXT_HOST


def test_virtual_gateways() -> None:
    out = VirtualGateway("Out1", "out1.ours.example", "192.0.2.101", "2001:db8::101")
    policy = Policy(
        gateways={"Out1": out}, rules=GatewayRules({"@ours.example": "Out1", "198.51.100.0/24": "Out2"})
    )
    hop = find(zone(), policy, gateway="Out1")
    assert (hop.key, hop.limit_key, hop.hostname) == (
        "example.com via Out1",
        "example.com",
        "out1.ours.example",
    )
    assert [host.source for host in hop.hosts] == ["2001:db8::101", "192.0.2.101", "192.0.2.101"]
    apart = Policy(gateways={"Out1": out}, controls=Controls({"ALL": ControlEntry(base=LimitBase.GATEWAY)}))
    assert find(zone(), apart, gateway="Out1").limit_key == "example.com via Out1"

    async def gateway(router: DeliveryRouter) -> str:
        mail = [Message(1, "a@ours.example", 0.0), Message(1, "a@other.example", 0.0, client="198.51.100.7")]
        return " ".join(router.gateway(message) for message in (*mail, Message(1, "", 0.0)))

    assert using(Zone(), policy, gateway) == "Out1 Out2 "


def test_limits_per_host() -> None:
    policy = Policy(controls=Controls({"ALL": ControlEntry(scope=LimitScope.EXCHANGER)}))
    hop = find(zone(), policy)
    assert hop.counted_by(hop.hosts[0]) == "example.com|mail.example.com"
    assert find(zone(), Policy()).counted_by(hop.hosts[0]) == "example.com"


def test_profiles() -> None:
    own = BounceProfile("own")
    policy = Policy(controls=Controls({"example.com": ControlEntry(profile="own")}), profiles={"own": own})

    async def profiles(router: DeliveryRouter) -> tuple[BounceProfile, BounceProfile, BounceProfile]:
        return router.profile("EXAMPLE.com"), router.profile("other.example"), router.profile("a..b")

    assert using(Zone(), policy, profiles) == (own, BounceProfile(), BounceProfile())


def test_a_hop_is_kept_refreshed_and_finally_dropped() -> None:
    clock, names = Clock(), zone()

    async def work(router: DeliveryRouter) -> None:
        assert router.known("example.com") is None
        first = await router.find("example.com")
        assert router.known("example.com") is first
        clock.now = LIFE + 1
        assert router.known("example.com") is first, "old, but better than waiting"
        assert router.known("example.com") is first
        while router.known("example.com") is first:
            await asyncio.sleep(0.01)
        clock.now += STALE + 1
        assert router.known("example.com") is None

    using(names, Policy(), work, clock)


def test_a_refresh_that_fails_leaves_what_is_known() -> None:
    clock, names = Clock(), zone()

    async def work(router: DeliveryRouter) -> None:
        first = await router.find("example.com")
        router.reload(Policy(parse_routes("ALL [gone.example]\n")), TlsContexts())
        assert router.known("example.com") is None, "a new configuration counts at once"
        router.reload(Policy(), TlsContexts())
        first = await router.find("example.com")
        router._policy = Policy(parse_routes("ALL [gone.example]\n"))
        clock.now = LIFE + 1
        assert router.known("example.com") is first
        await asyncio.sleep(0.1)
        assert router.known("example.com") is first

    using(names, Policy(), work, clock)
