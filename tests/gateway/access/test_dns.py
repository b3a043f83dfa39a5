"""DNS questions against a name server on the loopback, and the short memory in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import dns.asyncresolver
import pytest

from gateway.access.dns import Answer, Reason, cached, list_name, resolver_lookup, reverse_name
from tests.gateway.access.nameserver import NameServer

RECORDS = {
    ("mail.example", "A"): ["192.0.2.1", "192.0.2.2"],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["Mail.Example."],
    ("example", "MX"): ["10 mail.example.", "20 .", "30 mail.example."],
}


async def ask(name: str, kind: str) -> Answer:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: NameServer(RECORDS), local_addr=("127.0.0.1", 0)
    )
    try:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.port = transport.get_extra_info("sockname")[1]
        resolver.nameservers = ["127.0.0.1"]
        return await resolver_lookup(resolver, deadline=0.5)(name, kind)
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("mail.example", "A", Answer(Reason.OK, ("192.0.2.1", "192.0.2.2"))),
        ("1.2.0.192.in-addr.arpa", "PTR", Answer(Reason.OK, ("mail.example",))),
        ("mail.example", "AAAA", Answer(Reason.EMPTY)),
        ("nothing.example", "A", Answer(Reason.ABSENT)),
        ("fail", "A", Answer(Reason.FAILED)),
        ("slow", "A", Answer(Reason.TIMEOUT)),
        ("a..b", "A", Answer(Reason.MALFORMED)),
        ("x" * 64, "A", Answer(Reason.MALFORMED)),
    ],
)
def test_answers_and_reasons(name: str, kind: str, answer: Answer) -> None:
    found = asyncio.run(ask(name, kind))
    assert Answer(found.reason, tuple(sorted(found.values))) == answer


def test_mail_exchangers() -> None:
    answer = asyncio.run(ask("example", "MX"))
    assert sorted(answer.values) == ["", "mail.example", "mail.example"]


def test_names_to_ask_for() -> None:
    v4, v6 = ip_address("192.0.2.1"), ip_address("2001:db8::1")
    assert reverse_name(v4) == "1.2.0.192.in-addr.arpa"
    assert reverse_name(ip_address("::ffff:192.0.2.1")) == "1.2.0.192.in-addr.arpa"
    assert list_name(v4, "bl.example") == "1.2.0.192.bl.example"
    assert list_name(v6, "bl.example").startswith("1.0.0.0.0.0.0.0.0.0")
    assert list_name(v6, "bl.example").endswith("8.b.d.0.1.0.0.2.bl.example")


def remember(
    answers: list[Answer], now: list[float]
) -> tuple[list[str], Callable[[str, str], Awaitable[Answer]]]:
    asked: list[str] = []

    async def lookup(name: str, kind: str) -> Answer:
        asked.append(name)
        await asyncio.sleep(0)
        return answers.pop(0)

    return asked, cached(lookup, seconds=30.0, clock=lambda: now[0], most=2)


def test_a_definite_answer_is_remembered_for_a_while() -> None:
    now = [0.0]
    asked, lookup = remember([Answer(Reason.ABSENT), Answer(Reason.OK, ("x",))], now)

    async def run() -> None:
        assert await lookup("a", "A") == Answer(Reason.ABSENT)
        assert await lookup("a", "A") == Answer(Reason.ABSENT)
        now[0] = 31.0
        assert await lookup("a", "A") == Answer(Reason.OK, ("x",))

    asyncio.run(run())
    assert asked == ["a", "a"]


def test_a_failure_is_not_remembered_and_a_burst_asks_once() -> None:
    asked, lookup = remember([Answer(Reason.TIMEOUT), Answer(Reason.OK)], [0.0])

    async def run() -> None:
        assert {answer.reason for answer in await asyncio.gather(*(lookup("a", "A") for _ in range(5)))} == {
            Reason.TIMEOUT
        }
        assert (await lookup("a", "A")).reason is Reason.OK

    asyncio.run(run())
    assert asked == ["a", "a"]


def test_the_memory_is_bounded() -> None:
    asked, lookup = remember([Answer(Reason.OK)] * 4, [0.0])

    async def run() -> None:
        for name in ("a", "b", "c", "a"):
            await lookup(name, "A")

    asyncio.run(run())
    assert asked == ["a", "b", "c", "a"]


def test_who_asked_first_may_leave() -> None:
    asked, lookup = remember([Answer(Reason.OK)], [0.0])

    async def run() -> Answer:
        first = asyncio.ensure_future(lookup("a", "A"))
        second = asyncio.ensure_future(lookup("a", "A"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(run()).reason is Reason.OK
    assert asked == ["a"]
