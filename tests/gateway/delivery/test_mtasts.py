"""gateway.delivery.mtasts, DNS against a real server on loopback"""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.mtasts import (
    LONGEST_AGE,
    BadPolicy,
    FetchFailed,
    KeptPolicy,
    PolicyBook,
    StsMode,
    StsPolicy,
    parse_policy,
    parse_record,
)
from tests.gateway.dns.server import Zone, resolving

TEXT = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 86400\r\n"


class Web:
    """A fetcher with one answer, and a store; counts."""

    def __init__(self, text: str | None = TEXT) -> None:
        self.text = text
        self.fetched = 0
        self.kept: dict[str, KeptPolicy] = {}

    async def fetch(self, domain: str) -> str:
        self.fetched += 1
        if self.text is None:
            raise FetchFailed(domain=domain, reason="away")
        return self.text

    def load(self) -> list[KeptPolicy]:
        return list(self.kept.values())

    def save(self, kept: KeptPolicy) -> None:
        self.kept[kept.domain] = kept


def find(zone: Zone, web: Web, now: float = 0.0) -> StsPolicy | None:
    async def run() -> StsPolicy | None:
        async with resolving(zone) as resolver:
            return await PolicyBook(resolver, web, web, lambda: now).find("example.com")

    return asyncio.run(run())


def published(identity: str = "1") -> Zone:
    zone = Zone()
    zone.add("_mta-sts.example.com", "TXT", f'"v=STSv1; id={identity};"')
    return zone


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("v=STSv1; id=20160831085700Z;", "20160831085700Z"),
        ("v=STSv1;id=a", "a"),
        ("v=STSv1; ext=x; id=7", "7"),
        ("v=STSv1;", None),
        ("v=STSv1; id=with-dash", None),
        ("v=STSv2; id=1", None),
        ("id=1; v=STSv1", None),
        ("", None),
    ],
)
def test_records(text: str, wanted: str | None) -> None:
    assert parse_record(text) == wanted


def test_a_policy() -> None:
    policy = parse_policy(TEXT)
    assert policy == StsPolicy(StsMode.ENFORCE, 86_400, ("mail.example.com", "*.example.net"))
    assert policy.allows("mail.example.com")
    assert policy.allows("a.example.net")
    assert not policy.allows("a.b.example.net")
    assert not policy.allows("example.net")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mode: enforce\nmx: a.example\nmax_age: 1\n",
        "version: STSv1\nmode: maybe\nmx: a.example\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: a.example\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1\n",
        "version: STSv1\nmode: enforce\nmx: a..b\nmax_age: 1\n",
        "version: STSv1\nnonsense\n",
    ],
)
def test_malformed_policies(text: str) -> None:
    with pytest.raises(BadPolicy):
        parse_policy(text)


def test_lenience_where_the_rfc_has_it() -> None:
    policy = parse_policy("version: STSv1\nmode: none\nmode: enforce\nfuture: x\nmax_age: 9999999999")
    assert policy == StsPolicy(StsMode.NONE, LONGEST_AGE)


@given(st.text(max_size=120) | st.text(alphabet="vmx:ersionSTSv1\n*.a ", max_size=80))
def test_any_text_is_a_policy_or_a_mistake(text: str) -> None:
    parse_record(text)
    try:
        parse_policy(text)
    except BadPolicy:
        return


def test_a_published_policy_is_fetched_once_per_id() -> None:
    web = Web()
    assert find(published(), web) == parse_policy(TEXT)
    assert find(published(), web, 100.0) == parse_policy(TEXT)
    assert web.fetched == 1
    web.text = TEXT.replace("enforce", "testing")
    changed = find(published("2"), web, 200.0)
    assert changed is not None
    assert (changed.mode, web.fetched) == (StsMode.TESTING, 2)


def test_a_known_policy_survives_a_missing_record_and_a_dead_server() -> None:
    web = Web()
    find(published(), web)
    web.text = None
    assert find(Zone(), web, 100.0) == parse_policy(TEXT)
    assert find(Zone(broken={"_mta-sts.example.com"}), web, 100.0) == parse_policy(TEXT)
    assert find(published("2"), web, 100.0) == parse_policy(TEXT)
    assert find(published(), web, 86_401.0) is None, "but not its own age"


def test_no_record_no_fetch() -> None:
    web = Web()
    assert find(Zone(), web) is None
    two = Zone()
    two.add("_mta-sts.example.com", "TXT", '"v=STSv1; id=1"', '"v=STSv1; id=2"')
    assert find(two, web) is None
    assert web.fetched == 0


def test_other_txt_records_do_not_matter() -> None:
    zone = Zone()
    zone.add("_mta-sts.example.com", "TXT", '"something else"', '"v=STSv1; " "id=1"')
    assert find(zone, Web()) is not None


def test_a_failed_fetch_is_not_repeated_at_once() -> None:
    web = Web(None)
    now = 0.0

    async def run() -> None:
        nonlocal now
        async with resolving(published()) as resolver:
            book = PolicyBook(resolver, web, web, lambda: now)
            for _ in range(3):
                assert await book.find("example.com") is None
            assert web.fetched == 1
            now, web.text = 301.0, "garbage"
            assert await book.find("example.com") is None
            assert web.fetched == 2

    asyncio.run(run())
