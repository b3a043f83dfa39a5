"""From the configuration to a worker's access layer."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.access.dns import Answer, Reason
from gateway.access.hat import Peer
from gateway.access.policies import AccessRule, Tls
from gateway.access.rat import RecipientRule
from gateway.access.shared import TableInUse
from gateway.config.elements.listener import Listener, ListenerType
from gateway.config.model import Config
from gateway.logs.maillog import MailLog
from gateway.service.gate import Gate, default_limits, host_table, recipient_table
from gateway.smtp.address import parse_mailbox


async def nobody(name: str, kind: str) -> Answer:
    return Answer(Reason.FAILED)


PEER = Peer(ip_address("192.0.2.1"))


def test_without_tables_the_predefined_ones() -> None:
    public = Listener(listener_name="In", relay_hosts=["192.0.2.0/24"], accepted_domains=["Bücher.example"])
    assert host_table(public).decide(PEER).rule is AccessRule.RELAY
    assert host_table(public).decide(Peer(ip_address("198.51.100.1"))).policy == "ACCEPTED"
    table = recipient_table(public)
    assert table.decide(parse_mailbox("a@xn--bcher-kva.example")).rule is RecipientRule.ACCEPT
    assert table.decide(parse_mailbox("a@example.com")).rule is RecipientRule.REJECT
    private = Listener(listener_name="Out", listener_type=ListenerType.PRIVATE)
    assert host_table(private).decide(PEER).rule is AccessRule.REJECT


def test_all_domains_may_be_accepted() -> None:
    table = recipient_table(Listener(listener_name="In", accepted_domains=["ALL", "example.com"]))
    assert table.decide(parse_mailbox("a@elsewhere.example")).rule is RecipientRule.ACCEPT


def test_tables_of_its_own() -> None:
    listener = Listener(listener_name="In", hat="192.0.2.1 TCPREFUSE\nALL ACCEPT", rat="ALL ACCEPT")
    assert host_table(listener).decide(PEER).rule is AccessRule.TCPREFUSE
    assert recipient_table(listener).decide(parse_mailbox("a@b")).rule is RecipientRule.ACCEPT


@pytest.mark.parametrize(
    ("settings", "tls"),
    [
        ({}, Tls.OFF),
        ({"certificate": "/x.pem"}, Tls.PREFERRED),
        ({"certificate": "/x.pem", "tls_required": True}, Tls.REQUIRED),
    ],
)
def test_what_policies_leave_out_comes_from_the_listener(settings: dict[str, object], tls: Tls) -> None:
    listener = Listener.model_validate({"listener_name": "In", "max_recipients": 7, **settings})
    limits = default_limits(listener)
    assert (limits.tls, limits.max_rcpts_per_msg) == (tls, 7)
    accepted = host_table(listener).decide(PEER)
    assert accepted.limits.tls is tls


def test_a_gate_per_worker(tmp_path: Path) -> None:
    config = Config(
        hostname="mx.example.com", listeners=[Listener(listener_name="In", trusted_proxies=["10."])]
    )
    log = MailLog(tmp_path / "log")
    gate = Gate(tmp_path, 0, 1, config, log, nobody)
    spare = Gate(tmp_path, 3, 1, config, log, nobody)  # empties a spool that was left over
    with pytest.raises(TableInUse):
        Gate(tmp_path, 0, 1, config, log, nobody)
    listener = config.listeners[0]
    proxies = gate.proxies(listener)
    assert proxies is not None and proxies.trusts("10.9.8.7")
    assert gate.proxies(Listener(listener_name="Out")) is None
    gate.close()
    Gate(tmp_path, 0, 1, config, log, nobody).close()
    spare.close()
