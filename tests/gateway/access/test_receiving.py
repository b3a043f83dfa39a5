"""Receiving control, step by step: what is answered and what is logged for each access decision."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.access.dns import Answer, Reason
from gateway.access.hat import Peer
from gateway.access.hat_text import parse_hat
from gateway.access.limits import SenderLimits
from gateway.access.policies import AccessRule
from gateway.access.rat import parse_rat
from gateway.access.receiving import Cause, Guest, ReceivingControl, Refusal, Taken
from gateway.access.reputation import LocalReputation
from gateway.access.shared import Gauges, SharedTable, Windows
from gateway.access.sources import Addresses, parse_source
from gateway.access.verify import Exemption, HostName, SenderExceptions
from gateway.smtp.address import Mailbox, parse_mailbox

HAT = """
$BLOCKED REJECT { reject_banner_text = "Go away" }
$LIMITED ACCEPT {
  max_msgs_per_session = 2  max_concurrency = 1  max_rcpts_per_hour = 3  dhap_limit = 2
  max_rcpts_per_hour_code = 550  sender_verify = "on"  sender_exceptions = "on"
}
$SENDER ACCEPT { max_rcpts_per_envsender = 1 }
$OPEN ACCEPT
RELAYLIST: 10.0.0. RELAY
BLOCKLIST: sbrs[-10.0:-3.0] dnslist[bl.example] $BLOCKED
HOSTS: trusted.example $OPEN
UNLISTED: nx.domain $LIMITED
192.0.2.66 TCPREFUSE
SENDERS: 192.0.2.77 $SENDER
ALL $LIMITED
"""
RAT = """
abuse@example.com ACCEPT BYPASS_RECEIVING_CONTROL
moved@example.com REJECT "550 5.1.6 Moved"
vip@example.com ACCEPT "250 2.1.5 Most welcome"
example.com ACCEPT
ALL REJECT
"""
SENDER = Mailbox("a", "good.example")
OK, ABSENT, FAILED = Answer(Reason.OK, ("mx.example",)), Answer(Reason.ABSENT), Answer(Reason.FAILED)
ZONE = {
    ("good.example", "MX"): OK,
    ("bad.example", "MX"): FAILED,
    ("null.example", "MX"): Answer(Reason.OK, ("",)),
    ("8.2.0.192.bl.example", "A"): Answer(Reason.OK, ("127.0.0.2",)),
    ("9.2.0.192.in-addr.arpa", "PTR"): Answer(Reason.OK, ("trusted.example",)),
    ("trusted.example", "A"): Answer(Reason.OK, ("192.0.2.9",)),
}


async def lookup(name: str, kind: str) -> Answer:
    return ZONE.get((name, kind), ABSENT)


def scores() -> LocalReputation:
    bad = parse_source("192.0.2.5")
    assert isinstance(bad, Addresses)
    return LocalReputation([(bad, -4.5)])


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ReceivingControl]:
    rates, connections = (SharedTable(tmp_path / name, 0, 1, slots=256, clear=True) for name in ("a", "b"))
    exceptions = SenderExceptions((("boss@bad.example", Exemption.ALLOW), ("spam.example", Exemption.REJECT)))
    yield ReceivingControl(
        parse_hat(HAT),
        parse_rat(RAT),
        SenderLimits(Windows(rates), Gauges(connections), clock=lambda: 100_000.0),
        lookup,
        reputation=scores(),
        exceptions=exceptions,
    )
    rates.close()
    connections.close()


def greet(control: ReceivingControl, address: str) -> Guest:
    async def run() -> Guest:
        guest = control.greet(ip_address(address))
        return guest if isinstance(guest, Guest) else await guest

    return asyncio.run(run())


def mail(
    control: ReceivingControl, guest: Guest, sender: Mailbox | None, messages: int = 0
) -> Refusal | None:
    async def run() -> Refusal | None:
        answer = control.mail(guest, sender, messages)
        return answer if answer is None or isinstance(answer, Refusal) else await answer

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "log"),
    [
        ("10.0.0.1", "RELAY SG RELAYLIST match 10.0.0. SBRS rfc1918"),
        ("192.0.2.5", "REJECT SG BLOCKLIST match sbrs[-10.0:-3.0] SBRS -4.5"),
        ("192.0.2.8", "REJECT SG BLOCKLIST match dnslist[bl.example] SBRS None"),
        ("192.0.2.9", "ACCEPT SG HOSTS match trusted.example SBRS None"),
        ("192.0.2.1", "ACCEPT SG UNLISTED match nx.domain SBRS None"),
    ],
)
def test_the_log_line(control: ReceivingControl, address: str, log: str) -> None:
    assert greet(control, address).log == log


def test_reject_and_tcprefuse(tmp_path: Path) -> None:
    table = SharedTable(tmp_path, 0, 1, slots=256)
    limits = SenderLimits(Windows(table), Gauges(table))
    control = ReceivingControl(parse_hat(HAT.replace("ALL $LIMITED", "ALL $BLOCKED")), parse_rat(RAT), limits)
    refused = greet(control, "192.0.2.66")
    assert refused.log == "TCPREFUSE SG None match 192.0.2.66 SBRS not enabled"
    assert (answer := control.connect(refused)) is not None and answer.silent
    assert control.connect(greet(control, "198.51.100.1")) == Refusal(
        Cause.REJECT, 554, "", "Go away", close=True
    )


def test_connections_at_a_time(control: ReceivingControl) -> None:
    first, second = greet(control, "192.0.2.1"), greet(control, "192.0.2.1")
    assert control.connect(first) is None
    refusal = control.connect(second)
    assert refusal is not None and (refusal.code, refusal.close) == (421, True)
    assert refusal.log == "Receiving Failed: Connection limit exceeded"
    control.leave(second)
    control.leave(first)
    control.leave(first)
    assert control.connect(second) is None


def test_messages_in_a_session(control: ReceivingControl) -> None:
    guest = greet(control, "192.0.2.1")
    assert mail(control, guest, SENDER, 1) is None
    refusal = mail(control, guest, SENDER, 2)
    assert refusal is not None and refusal.close


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("a@good.example", None),
        ("a@nowhere.example", 553),
        ("a@bad.example", 451),
        ("a@null.example", 550),
        ("boss@bad.example", None),
        ("a@spam.example", 553),
        ("a@[192.0.2.1]", None),
        ("a@[x:y]", 553),
    ],
)
def test_sender_verification(control: ReceivingControl, sender: str, code: int | None) -> None:
    refusal = mail(control, greet(control, "192.0.2.1"), parse_mailbox(sender))
    assert (refusal.code if refusal else None) == code
    assert mail(control, greet(control, "10.0.0.1"), parse_mailbox(sender)) is None  # RELAY has it off


def test_bounces_are_not_verified(control: ReceivingControl) -> None:
    assert mail(control, greet(control, "192.0.2.1"), None) is None


def test_recipients(control: ReceivingControl) -> None:
    guest = greet(control, "192.0.2.1")

    def rcpt(address: str) -> Refusal | Taken:
        return control.recipient(guest, SENDER, parse_mailbox(address))

    assert rcpt("a@example.com") == Taken()
    assert rcpt("vip@example.com") == Taken((250, "2.1.5", "Most welcome"))
    assert rcpt("moved@example.com") == Refusal(Cause.RECIPIENT, 550, "5.1.6", "Moved", "Rejected by RAT")
    assert rcpt("a@elsewhere.example") == Refusal(
        Cause.RECIPIENT, 550, "5.1.0", "Address rejected", "Rejected by RAT"
    )
    assert control.recipient(guest, SENDER, Mailbox("Postmaster", "")) == Taken()
    over = rcpt("b@example.com")
    assert isinstance(over, Refusal)
    assert (over.code, over.enhanced, over.log) == (550, "5.7.1", "Rejected by Receiving Control")
    assert rcpt("abuse@example.com") == Taken()  # not counted and not limited
    harvest = rcpt("c@elsewhere.example")
    assert isinstance(harvest, Refusal)
    assert harvest.close
    assert "host=('192.0.2.1', ''), dhap_limit=2, sender_group=UNLISTED" in harvest.log
    assert rcpt("abuse@example.com") == harvest  # from now on, nobody


def test_who_may_relay(control: ReceivingControl) -> None:
    anywhere = parse_mailbox("a@elsewhere.example")
    assert control.recipient(greet(control, "10.0.0.1"), SENDER, anywhere) == Taken()
    guest = greet(control, "192.0.2.1")
    assert control.recipient(guest, SENDER, anywhere, authenticated=True) == Taken()
    assert guest.decision.rule is AccessRule.ACCEPT


def test_envelope_senders_share(control: ReceivingControl) -> None:
    address = "192.0.2.77"
    guest = greet(control, address)
    guest.decision = parse_hat(HAT.replace("nx.domain", "dnslist[none.example]")).decide(
        Peer(ip_address(address))
    )
    recipient = parse_mailbox("a@example.com")
    assert control.recipient(guest, SENDER, recipient) == Taken()
    refusal = control.recipient(guest, SENDER, recipient)
    assert isinstance(refusal, Refusal) and refusal.text == "Too many recipients from this sender"
    assert control.recipient(guest, Mailbox("b", "good.example"), recipient) == Taken()


def test_nothing_is_asked_without_a_resolver(tmp_path: Path) -> None:
    table = SharedTable(tmp_path, 0, 1, slots=256)
    control = ReceivingControl(parse_hat(HAT), parse_rat(RAT), SenderLimits(Windows(table), Gauges(table)))
    guest = control.greet(ip_address("192.0.2.1"))
    assert isinstance(guest, Guest)
    assert guest.host == HostName("", guest.host.dns) and not guest.host.verified
    assert guest.log == "ACCEPT SG None match ALL SBRS not enabled"
    assert control.mail(guest, Mailbox("a", "nowhere.example"), 0) is None
