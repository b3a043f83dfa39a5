"""gateway.delivery.mx, against a real server on loopback"""

from __future__ import annotations

import asyncio
import random

import pytest

from gateway.delivery.mx import AddressPreference, Candidate, Exchangers, Identity, Plan, PlanStatus
from tests.gateway.dns.server import Zone, resolving

OURS = Identity(frozenset({"mail.ours.example"}), frozenset({"192.0.2.99"}))


def plan(
    zone: Zone,
    domain: str = "example.com",
    wanted: AddressPreference = AddressPreference.PREFER_V6,
    families: frozenset[int] = frozenset({4, 6}),
    seed: int = 1,
) -> Plan:
    async def run() -> Plan:
        async with resolving(zone) as resolver:
            exchangers = Exchangers(resolver, OURS, families=families, rng=random.Random(seed))
            return await exchangers.plan(domain, wanted)

    return asyncio.run(run())


def hosts(number: int = 3) -> Zone:
    zone = Zone()
    for n in range(number):
        zone.add(f"mx{n}.example.com", "A", f"192.0.2.{n + 1}")
    return zone


def test_preference_groups_ascend_and_are_shuffled_inside() -> None:
    zone = hosts(4)
    zone.add(
        "example.com",
        "MX",
        "20 mx0.example.com.",
        "10 mx1.example.com.",
        "10 mx2.example.com.",
        "10 mx3.example.com.",
    )
    orders = {tuple(host.name for host in plan(zone, seed=seed).hosts) for seed in range(12)}
    assert len(orders) > 2
    assert all(order[3] == "mx0.example.com" for order in orders)


def test_no_mx_means_the_domain_itself() -> None:
    zone = Zone()
    zone.add("example.com", "A", "192.0.2.1")
    found = plan(zone)
    assert [(host.name, host.addresses) for host in found.hosts] == [("example.com", ("192.0.2.1",))]


def test_null_mx_is_final() -> None:
    zone = Zone()
    zone.add("example.com", "MX", "0 .")
    zone.add("example.com", "A", "192.0.2.1")
    assert plan(zone).status is PlanStatus.NULL_MX


def test_what_waits_and_what_does_not() -> None:
    zone = Zone(broken={"broken.example", "mx.broken2.example"})
    zone.add("broken2.example", "MX", "10 mx.broken2.example.")
    zone.add("bare.example", "TXT", '"x"')
    zone.add("dangling.example", "MX", "10 gone.nowhere.")
    assert plan(zone, "broken.example").status is PlanStatus.FAILED
    assert plan(zone, "broken2.example").status is PlanStatus.FAILED
    assert plan(zone, "absent.example").status is PlanStatus.ABSENT
    assert plan(zone, "bare.example").status is PlanStatus.NO_ADDRESS


def test_our_own_name_cuts_equal_and_worse() -> None:
    zone = hosts(3)
    zone.add(
        "example.com",
        "MX",
        "10 mx0.example.com.",
        "20 mail.ours.example.",
        "20 mx1.example.com.",
        "30 mx2.example.com.",
    )
    assert [host.name for host in plan(zone).hosts] == ["mx0.example.com"]


def test_our_own_address_cuts_as_well() -> None:
    zone = hosts(2)
    zone.add("alias.example.com", "A", "192.0.2.99")
    zone.add("example.com", "MX", "10 mx0.example.com.", "20 alias.example.com.", "20 mx1.example.com.")
    assert [host.name for host in plan(zone).hosts] == ["mx0.example.com"]


@pytest.mark.parametrize(
    "records", [["10 mail.ours.example."], ["10 alias.example.com.", "20 mx0.example.com."]]
)
def test_only_us_is_a_loop(records: list[str]) -> None:
    zone = hosts(1)
    zone.add("alias.example.com", "A", "192.0.2.99")
    zone.add("mail.ours.example", "A", "192.0.2.99")
    zone.add("example.com", "MX", *records)
    assert plan(zone).status is PlanStatus.LOOP


def test_an_address_record_that_points_to_us_is_a_loop() -> None:
    zone = Zone()
    zone.add("example.com", "A", "192.0.2.99")
    assert plan(zone).status is PlanStatus.LOOP


@pytest.mark.parametrize(
    ("wanted", "addresses"),
    [
        (AddressPreference.PREFER_V6, ("2001:db8::1", "192.0.2.1")),
        (AddressPreference.PREFER_V4, ("192.0.2.1", "2001:db8::1")),
        (AddressPreference.REQUIRE_V6, ("2001:db8::1",)),
        (AddressPreference.REQUIRE_V4, ("192.0.2.1",)),
    ],
)
def test_families_in_the_wanted_order(wanted: AddressPreference, addresses: tuple[str, ...]) -> None:
    zone = Zone()
    zone.add("example.com", "A", "192.0.2.1")
    zone.add("example.com", "AAAA", "2001:db8::1")
    assert plan(zone, wanted=wanted).hosts[0].addresses == addresses


def test_a_family_the_system_lacks_is_left_out() -> None:
    zone = Zone()
    zone.add("example.com", "A", "192.0.2.1")
    zone.add("example.com", "AAAA", "2001:db8::1")
    assert plan(zone, families=frozenset({4})).hosts[0].addresses == ("192.0.2.1",)


def test_literals_need_no_dns() -> None:
    assert plan(Zone(), "[192.0.2.7]").hosts[0].addresses == ("192.0.2.7",)
    assert plan(Zone(), "[IPv6:2001:db8::7]").hosts[0].addresses == ("2001:db8::7",)
    assert plan(Zone(), "[192.0.2.99]").status is PlanStatus.LOOP


def test_a_mail_host_with_an_impossible_name_does_not_hide_the_others() -> None:
    zone = hosts(1)
    zone.add("example.com", "MX", "5 bad\\ name.example.com.", "10 mx0.example.com.")
    assert [host.name for host in plan(zone).hosts] == ["mx0.example.com"]
    zone.add("example.com", "MX", "5 bad\\ name.example.com.")
    assert plan(zone).status is PlanStatus.NO_ADDRESS


def test_dnssec_is_told_per_step() -> None:
    zone = Zone()
    zone.add("example.com", "MX", "10 mx0.example.com.", "20 mx1.other.example.", secure=True)
    zone.add("mx0.example.com", "A", "192.0.2.1", secure=True)
    zone.add("mx1.other.example", "A", "192.0.2.2")
    found = plan(zone)
    assert found.secure
    assert [host.secure for host in found.hosts] == [True, False]


def test_route_hosts_keep_port_and_priority_and_our_address_on_another_port_is_no_loop() -> None:
    async def run() -> Plan:
        async with resolving(hosts(1)) as resolver:
            named = [Candidate("192.0.2.99", 20, 2525), Candidate("mx0.example.com", 10, 26)]
            return await Exchangers(resolver, OURS).resolve(named, cut=False)

    found = asyncio.run(run())
    assert [(host.name, host.port) for host in found.hosts] == [("mx0.example.com", 26), ("192.0.2.99", 2525)]
