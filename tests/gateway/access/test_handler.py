"""The engine's hooks under receiving control: replies, log lines, and the policy's settings."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.access.dns import Answer, Lookup, Reason
from gateway.access.handler import AccessHandler, peer_address, reply_of, settings_under
from gateway.access.hat_text import parse_hat
from gateway.access.limits import SenderLimits
from gateway.access.policies import Limits, SmtpAuth, Tls
from gateway.access.rat import parse_rat
from gateway.access.receiving import ReceivingControl
from gateway.access.shared import Gauges, SharedTable, Windows
from gateway.logs.maillog import MailLog
from tests.gateway.smtp.harness import SETTINGS, Wire

RAT = """
moved@example.com REJECT "550 5.1.6 Moved"
vip@example.com ACCEPT "250 Welcome"
example.com ACCEPT
ALL REJECT
"""
Make = Callable[..., Wire]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A connection from 192.0.2.1 to a listener with this host access table."""
    tables = [SharedTable(tmp_path / name, 0, 1, slots=64, clear=True) for name in ("rates", "connections")]
    log = MailLog(tmp_path / "mail.current")

    def made(hat: str, lookup: Lookup | None = None) -> Wire:
        limits = SenderLimits(Windows(tables[0]), Gauges(tables[1]))
        control = ReceivingControl(parse_hat(hat), parse_rat(RAT), limits, lookup)
        folder = tmp_path / "spool"
        folder.mkdir(exist_ok=True)
        return Wire(folder, SETTINGS, AccessHandler(control, SETTINGS, log))

    yield made
    for table in tables:
        table.close()


def run(test: Callable[[], None]) -> None:
    async def inside() -> None:
        test()

    asyncio.run(inside())


def test_accept(make: Make) -> None:
    def test() -> None:
        wire = make("$P ACCEPT { max_message_size = 2048 max_rcpts_per_msg = 1 } ALL $P")
        assert "250-SIZE 2048" in wire(b"EHLO me\r\n")
        wire(b"MAIL FROM:<a@b.example>\r\n")
        assert wire(b"RCPT TO:<moved@example.com>\r\n") == ["550 5.1.6 Moved"]
        assert wire(b"RCPT TO:<x@elsewhere.example>\r\n") == ["550 5.1.0 Address rejected"]
        assert wire(b"RCPT TO:<vip@example.com>\r\n") == ["250 Welcome"]
        assert wire.codes(b"RCPT TO:<y@example.com>\r\n") == ["452"]

    run(test)


def test_relay_takes_any_recipient(make: Make) -> None:
    def test() -> None:
        wire = make("192.0.2. RELAY ALL REJECT")
        assert wire.codes(b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<x@elsewhere.example>\r\n") == ["250"] * 3

    run(test)


def test_reject_and_tcprefuse(make: Make) -> None:
    def test() -> None:
        rejected = make('$B REJECT { reject_banner_text = "No\\nmore" reject_banner_code = 550 } ALL $B')
        assert rejected.transport.out == b"550-No\r\n550 more\r\n"
        assert rejected.closed
        refused = make("ALL TCPREFUSE")
        assert refused.transport.out == b""
        assert refused.closed

    run(test)


def test_tls_that_a_policy_requires(make: Make) -> None:
    def test() -> None:
        wire = make('$P ACCEPT { tls = "required" } ALL $P')
        assert wire(b"EHLO me\r\nMAIL FROM:<>\r\n")[-1].startswith("530 5.7.0")

    run(test)


def test_the_banner_of_a_policy(make: Make) -> None:
    def test() -> None:
        wire = make('$P ACCEPT { smtp_banner_text = "welcome" } ALL $P')
        assert wire.transport.out == b"220 mx.example.com ESMTP welcome\r\n"

    run(test)


def test_421_ends_the_connection(make: Make) -> None:
    def test() -> None:
        wire = make("$P ACCEPT { dhap_limit = 1 } ALL $P")
        wire(b"EHLO me\r\nMAIL FROM:<>\r\n")
        assert wire.codes(b"RCPT TO:<x@a.example>\r\nRCPT TO:<x@b.example>\r\n") == ["550", "421"]
        assert wire.closed

    run(test)


def test_a_connection_that_ends_is_counted_out(make: Make) -> None:
    def test() -> None:
        hat = "$P ACCEPT { max_concurrency = 1 } ALL $P"
        first = make(hat)
        assert make(hat).transport.out.startswith(b"421 ")
        first.engine.connection_lost(None)
        assert make(hat).transport.out.startswith(b"220 ")

    run(test)


def test_what_has_to_be_asked_comes_later_and_in_order(make: Make) -> None:
    async def lookup(name: str, kind: str) -> Answer:
        await asyncio.sleep(0)
        return Answer(Reason.ABSENT)

    async def test() -> None:
        wire = make('$P ACCEPT { sender_verify = "on" } nx.domain $P ALL REJECT', lookup)
        assert wire.transport.out == b""
        wire(b"EHLO me\r\nMAIL FROM:<a@nowhere.example>\r\nMAIL FROM:<>\r\n")
        for _ in range(50):
            await asyncio.sleep(0)
        codes = [line[:3] for line in wire.transport.out.decode().splitlines() if line[3] == " "]
        assert codes == ["220", "250", "553", "250"]

    asyncio.run(test())


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(max_message_size=5000, max_rcpts_per_msg=7), {"max_size": 5000, "max_recipients": 7}),
        (Limits(max_message_size=2**31 - 1, max_rcpts_per_msg=5000), {"max_size": 100 << 20}),
        (Limits(tls=Tls.REQUIRED), {"tls_required": True}),
        (Limits(tls=Tls.PREFERRED), {"tls_required": False}),
        (Limits(smtp_auth=SmtpAuth.REQUIRED), {"auth": True, "auth_required": True}),
        (Limits(smtp_auth=SmtpAuth.OFF), {"auth": False, "auth_required": False}),
    ],
)
def test_the_stricter_of_listener_and_policy(limits: Limits, expected: dict[str, object]) -> None:
    found = settings_under(replace(SETTINGS, auth=True), limits)
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_policy_without_tls_hides_the_listeners() -> None:
    settings = replace(SETTINGS, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    assert settings_under(settings, Limits(tls=Tls.OFF)).tls is None
    assert settings_under(settings, Limits(tls=Tls.PREFERRED)).tls is settings.tls
    assert settings_under(replace(settings, max_size=0), Limits(max_message_size=2000)).max_size == 2000


def test_replies_and_peers() -> None:
    assert reply_of(550, "5.7.1", "a\nb") == b"550-5.7.1 a\r\n550 5.7.1 b\r\n"
    assert reply_of(220, "", "a") == b"220 a\r\n"
    assert peer_address("::ffff:192.0.2.1") == ip_address("192.0.2.1")
    assert peer_address("fe80::1%eth0") == ip_address("fe80::1")
    assert peer_address("local").is_loopback
