"""gateway.service.outbound"""

from __future__ import annotations

import asyncio
import ipaddress
from pathlib import Path

from gateway.config import xml
from gateway.delivery.bounce import BounceProfile
from gateway.delivery.controls import RecipientRate, TlsLevel
from gateway.delivery.ports import NextHop
from gateway.delivery.routes import RouteKind
from gateway.service import outbound
from gateway.service.resolving import resolver_of
from tests.gateway.config.elements.test_delivery import WHOLE
from tests.gateway.dns.server import Zone, serving


def test_the_configuration_becomes_a_policy() -> None:
    policy = outbound.policy(xml.loads(WHOLE.encode()))
    route = policy.routes.find("example.com")
    assert route is not None
    assert route.to_text() == "relay.example.net:2525/pri=10, [192.0.2.7]"
    discard = policy.routes.find("a.example.com")
    assert discard is not None
    assert discard.kind is RouteKind.DISCARD
    control = policy.controls.find("gmail.com")
    assert (control.connections, control.messages, control.certificate) == (20, 5, "own")
    assert control.recipients == RecipientRate(180, 1)
    other = policy.controls.find("other.example")
    assert (other.tls, other.connections) == (TlsLevel.PREFERRED, 500)
    assert policy.profiles["Patient"].longest_time == 400_000
    assert policy.default_profile == BounceProfile()
    assert policy.rules.find("a@example.com") == "Out1"


def test_a_hop_over_the_configured_name_servers(tmp_path: Path) -> None:
    zone = Zone()
    zone.add("relay.example.net", "MX", "10 mx.example.net.")
    zone.add("mx.example.net", "A", "192.0.2.1")

    async def run() -> NextHop:
        async with serving(zone) as server:
            text = WHOLE.replace("<ip>127.0.0.1</ip>", f"<ip>127.0.0.1</ip><port>{server.port}</port>")
            config = xml.loads(text.encode())
            router = outbound.router(config, tmp_path, resolver_of(config.dns))
            return await router.find("example.com", "Out1")

    hop = asyncio.run(run())
    assert [(host.name, host.address, host.port) for host in hop.hosts] == [
        ("192.0.2.7", "192.0.2.7", 25),
        ("mx.example.net", "192.0.2.1", 2525),
    ]
    assert hop.hosts[0].source == "192.0.2.101"
    assert hop.hostname == "out1.example.com"
    assert hop.hosts[0].tls.offer


def test_addresses_of_this_system() -> None:
    for text in outbound.local_addresses():
        assert not ipaddress.ip_address(text).is_loopback
