"""gateway.dns.resolver, against a real server on loopback"""

from __future__ import annotations

import asyncio

import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdatatype import RdataType
from hypothesis import given
from hypothesis import strategies as st

from gateway.dns.domains import DomainTable
from gateway.dns.resolver import (
    AnswerCache,
    DnsAnswer,
    DnsStatus,
    NameServer,
    Resolver,
    read_reply,
)
from tests.gateway.dns.server import Zone, resolving, serving

MX, A, TXT = RdataType.MX, RdataType.A, RdataType.TXT


def ask(zone: Zone, name: str, kind: RdataType = A, *, trusted: bool = True) -> DnsAnswer:
    async def run() -> DnsAnswer:
        async with resolving(zone, trusted=trusted) as resolver:
            return await resolver.query(name, kind)

    return asyncio.run(run())


def test_each_status() -> None:
    zone = Zone(broken={"broken.example"}, silent={"silent.example"})
    zone.add("here.example", "A", "192.0.2.1", "192.0.2.2")
    assert ask(zone, "here.example").status is DnsStatus.FOUND
    assert ask(zone, "here.example", MX).status is DnsStatus.EMPTY
    assert ask(zone, "gone.example").status is DnsStatus.ABSENT
    assert ask(zone, "broken.example").status is DnsStatus.FAILED
    assert ask(zone, "silent.example").status is DnsStatus.FAILED


def test_a_cname_is_followed_and_its_end_is_told() -> None:
    zone = Zone()
    zone.add("alias.example", "CNAME", "real.example.")
    zone.add("real.example", "A", "192.0.2.1")
    answer = ask(zone, "alias.example")
    assert answer.canonical == "real.example"
    assert [record.to_text() for record in answer.records] == ["192.0.2.1"]


def test_a_truncated_answer_is_fetched_over_tcp() -> None:
    zone = Zone(truncated={"long.example"})
    zone.add("long.example", "TXT", *(f'"{"x" * 200}{n}"' for n in range(20)))
    answer = ask(zone, "long.example", TXT)
    assert len(answer.records) == 20
    assert zone.asked == ["long.example TXT", "long.example TXT tcp"]


def test_ad_counts_from_a_trusted_server_only() -> None:
    zone = Zone()
    zone.add("signed.example", "A", "192.0.2.1", secure=True)
    zone.add("plain.example", "A", "192.0.2.1")
    assert ask(zone, "signed.example").secure
    assert not ask(zone, "signed.example", trusted=False).secure
    assert not ask(zone, "plain.example").secure


def test_equal_questions_share_one_exchange_and_then_the_cache() -> None:
    zone = Zone()
    zone.add("here.example", "A", "192.0.2.1")

    async def run() -> None:
        async with resolving(zone) as resolver:
            await asyncio.gather(*(resolver.query("here.example", A) for _ in range(20)))
            await resolver.query("here.example", A)

    asyncio.run(run())
    assert zone.asked == ["here.example A"]


def test_a_waiter_that_is_cancelled_leaves_the_answer_to_the_others() -> None:
    zone = Zone()
    zone.add("here.example", "A", "192.0.2.1")

    async def run() -> DnsAnswer:
        async with resolving(zone) as resolver:
            first = asyncio.ensure_future(resolver.query("here.example", A))
            second = asyncio.ensure_future(resolver.query("here.example", A))
            await asyncio.sleep(0)
            first.cancel()
            return await second

    assert asyncio.run(run()).status is DnsStatus.FOUND


def test_the_next_server_is_asked_when_one_is_dead() -> None:
    zone = Zone()
    zone.add("here.example", "A", "192.0.2.1")

    async def run() -> DnsAnswer:
        async with serving(zone) as server:
            # Port 9 of loopback: nobody listens, the kernel says so at once.
            resolver = Resolver([NameServer("127.0.0.1", 9), server], attempt=0.2)
            return await resolver.query("here.example", A)

    assert asyncio.run(run()).status is DnsStatus.FOUND


def test_a_zone_of_its_own_is_asked_at_its_own_server() -> None:
    inside, outside = Zone(), Zone()
    inside.add("host.corp.example", "A", "192.0.2.9")

    async def run() -> tuple[DnsAnswer, DnsAnswer]:
        async with serving(inside) as first, serving(outside) as second:
            resolver = Resolver([second], zones=DomainTable({".corp.example": (first,)}))
            return await resolver.query("host.corp.example", A), await resolver.query("other.example", A)

    found, absent = asyncio.run(run())
    assert (found.status, absent.status) == (DnsStatus.FOUND, DnsStatus.ABSENT)
    assert outside.asked == ["other.example A"]


def test_without_servers_it_says_so() -> None:
    answer = asyncio.run(Resolver([]).query("here.example", A))
    assert (answer.status, answer.reason) == (DnsStatus.FAILED, "no DNS server is configured")


def test_a_name_dns_cannot_hold_exists_nowhere() -> None:
    assert asyncio.run(Resolver([]).query("a..b", A)).status is DnsStatus.ABSENT


def test_the_deadline_holds() -> None:
    zone = Zone(silent={"silent.example"})

    async def run() -> DnsAnswer:
        async with serving(zone) as server:
            return await Resolver([server], attempt=5.0, deadline=0.1).query("silent.example", A)

    assert asyncio.run(run()).reason == "no answer within 0.1 s"


def test_the_cache_forgets_by_time_and_by_size() -> None:
    now = 0.0
    cache = AnswerCache(size=2, clock=lambda: now)
    cache.put(("a", 1), DnsAnswer(DnsStatus.FOUND, ttl=60))
    cache.put(("b", 1), DnsAnswer(DnsStatus.FOUND, ttl=0))
    now = 4.0
    assert cache.get(("b", 1)) is not None, "a TTL of 0 is kept for a few seconds"
    now = 6.0
    assert cache.get(("b", 1)) is None
    cache.put(("c", 1), DnsAnswer(DnsStatus.FOUND, ttl=60))
    assert cache.get(("a", 1)) is not None
    cache.put(("d", 1), DnsAnswer(DnsStatus.FOUND, ttl=60))
    assert cache.get(("c", 1)) is None, "the one not used for longest goes"
    cache.clear()
    assert len(cache) == 0


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_any_rdata_gives_an_answer(rdata: bytes, flags: int) -> None:
    query = dns.message.make_query("here.example", A)
    reply = dns.message.make_response(query)
    reply.flags = dns.flags.Flag(flags & 0x87F0 | dns.flags.QR)
    wire = reply.to_wire() + rdata
    try:
        parsed = dns.message.from_wire(wire, ignore_trailing=True)
    except dns.exception.DNSException:
        return
    assert read_reply(parsed, "here.example", NameServer("127.0.0.1")).status in DnsStatus


def test_a_cname_loop_is_a_failure_not_an_endless_walk() -> None:
    query = dns.message.make_query("a.example", A)
    reply = dns.message.make_response(query)
    for owner, target in (("a.example.", "b.example."), ("b.example.", "a.example.")):
        reply.answer.append(
            dns.rrset.from_text(dns.name.from_text(owner), 5, dns.rdataclass.IN, dns.rdatatype.CNAME, target)
        )
    parsed = dns.message.from_wire(reply.to_wire())
    assert read_reply(parsed, "a.example", NameServer("127.0.0.1")).status is DnsStatus.FAILED
