"""The host access table's decisions and the tables a new listener starts with (gateway facts §1.5)."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gateway.access.hat import Peer, private_table, public_table
from gateway.access.hat_text import parse_hat
from gateway.access.policies import DEFAULT_LIMITS, SETTINGS, AccessRule, Limits
from gateway.access.sources import HostDns

MIB = 1024 * 1024
ADDRESS = ip_address("192.0.2.1")


@pytest.mark.parametrize(
    ("score", "rule", "group", "policy"),
    [
        (-10.0, AccessRule.REJECT, "BLOCKLIST", "BLOCKED"),
        (-3.0, AccessRule.REJECT, "BLOCKLIST", "BLOCKED"),
        (-2.9, AccessRule.ACCEPT, "SUSPECTLIST", "THROTTLED"),
        (-1.0, AccessRule.ACCEPT, "SUSPECTLIST", "THROTTLED"),
        (0.0, AccessRule.ACCEPT, "UNKNOWNLIST", "ACCEPTED"),
        (10.0, AccessRule.ACCEPT, "UNKNOWNLIST", "ACCEPTED"),
        (None, AccessRule.ACCEPT, "UNKNOWNLIST", "ACCEPTED"),
    ],
)
def test_public_listener(score: float | None, rule: AccessRule, group: str, policy: str) -> None:
    decision = public_table().decide(Peer(ADDRESS, score=score))
    assert (decision.rule, decision.group, decision.policy) == (rule, group, policy)
    assert public_table().needs_score
    assert not private_table().needs_score


def test_relays_come_first() -> None:
    table = public_table(["192.0.2.0/24"])
    assert table.decide(Peer(ADDRESS, score=-9.0)).rule is AccessRule.RELAY
    private = private_table(["192.0.2."])
    assert private.decide(Peer(ADDRESS)).rule is AccessRule.RELAY
    assert private.decide(Peer(ip_address("2001:db8::1"))).rule is AccessRule.REJECT


def test_the_incumbents_figures() -> None:
    table = public_table()
    throttled = table.decide(Peer(ADDRESS, score=-2.0)).limits
    assert (throttled.max_msgs_per_session, throttled.max_rcpts_per_msg) == (10, 20)
    assert (throttled.max_message_size, throttled.max_concurrency) == (MIB, 10)
    assert throttled.max_rcpts_per_hour == 20
    accepted = table.decide(Peer(ADDRESS)).limits
    assert (accepted.max_msgs_per_session, accepted.max_rcpts_per_msg) == (1000, 1000)
    assert (accepted.max_message_size, accepted.max_concurrency) == (100 * MIB, 1000)
    assert accepted.max_rcpts_per_hour == -1


def test_continue_passes_over() -> None:
    table = parse_hat(
        "$NEXT CONTINUE $ACCEPTED ACCEPT G: 192.0.2. $NEXT 192.0.2.1 REJECT 192 CONTINUE ALL $ACCEPTED"
    )
    assert table.decide(Peer(ADDRESS)).rule is AccessRule.REJECT
    assert table.decide(Peer(ip_address("192.0.2.2"))).policy == "ACCEPTED"


def test_an_unverified_name_matches_no_host() -> None:
    table = parse_hat("trusted.example RELAY ALL REJECT")
    assert table.decide(Peer(ADDRESS, "trusted.example", HostDns.VERIFIED)).rule is AccessRule.RELAY
    for dns in (HostDns.NOT_DOUBLE_VERIFIED, HostDns.SERV_FAIL, HostDns.NX_DOMAIN):
        assert table.decide(Peer(ADDRESS, "trusted.example", dns)).rule is AccessRule.REJECT


def test_a_rule_of_its_own_gets_the_default_limits() -> None:
    default = Limits(max_rcpts_per_msg=7)
    decision = parse_hat("ALL ACCEPT", default).decide(Peer(ADDRESS))
    assert decision.limits is default
    assert (decision.policy, decision.group, str(decision.source)) == ("", "", "ALL")


def test_every_setting_has_a_default_within_its_range() -> None:
    assert set(SETTINGS) == set(Limits.__dataclass_fields__)
    for name, setting in SETTINGS.items():
        value = getattr(DEFAULT_LIMITS, name)
        assert setting.read(setting.write(value), quoted=True) == value
        assert setting.allowed
