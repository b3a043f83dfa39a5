"""A PROXY header in front of the first command, in whatever blocks it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from gateway.access.proxygate import ProxiedConnections
from gateway.smtp.engine import Engine
from tests.gateway.smtp.harness import SETTINGS, FakeTransport, Wire

HEADER = b"PROXY TCP4 203.0.113.9 198.51.100.1 4000 25\r\n"


class ProxiedWire(Wire):
    """A connection from 192.0.2.1, which is (or is not) one of the proxies."""

    def __init__(self, folder: Path, *proxies: str) -> None:
        super().__init__(folder, SETTINGS)
        self.server.proxies = ProxiedConnections(proxies)
        self.engine = Engine(self.server)
        self.transport = FakeTransport()
        self.engine.connection_made(cast(asyncio.Transport, self.transport))


def run(test: Callable[[], None]) -> None:
    async def inside() -> None:
        test()

    asyncio.run(inside())


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_source_becomes_the_host(tmp_path: Path, size: int) -> None:
    def test() -> None:
        wire = ProxiedWire(tmp_path, "192.0.2.0/24")
        assert wire.transport.out == b""
        data = HEADER + b"EHLO me\r\n"
        for start in range(0, len(data), size):
            wire.engine.data_received(data[start : start + size])
        assert wire.transport.out.startswith(b"220 ")
        assert b"\r\n250 " in wire.transport.out
        assert (wire.engine.session.host, wire.engine.session.port) == ("203.0.113.9", 4000)
        assert wire.server.per_host == {"192.0.2.1": 1, "203.0.113.9": 1}
        wire.engine.connection_lost(None)
        assert wire.server.per_host == {"192.0.2.1": 1}

    run(test)


def test_the_proxys_own_connection(tmp_path: Path) -> None:
    def test() -> None:
        wire = ProxiedWire(tmp_path, "192.0.2.1")
        assert wire.codes(b"PROXY UNKNOWN\r\nQUIT\r\n") == ["220", "221"]
        assert wire.engine.session.host == "192.0.2.1"

    run(test)


def test_a_bad_header_gets_no_word(tmp_path: Path) -> None:
    def test() -> None:
        wire = ProxiedWire(tmp_path, "192.0.2.1")
        assert wire(b"EHLO me\r\n") == []
        assert wire.closed
        wire.engine.connection_lost(None)
        assert wire.server.per_host == {"192.0.2.1": 1}  # the harness's first connection only
        assert len(wire.server.connections) == 1

    run(test)


def test_nobody_else_may_send_one(tmp_path: Path) -> None:
    def test() -> None:
        wire = ProxiedWire(tmp_path, "198.51.100.7")
        assert wire.transport.out.startswith(b"220 ")
        assert wire.codes(HEADER) == ["500"]
        assert wire.engine.session.host == "192.0.2.1"

    run(test)


def test_trust() -> None:
    proxies = ProxiedConnections(["192.0.2.0/24", "2001:db8::1"])
    assert proxies.trusts("192.0.2.7")
    assert proxies.trusts("2001:db8::1")
    assert not proxies.trusts("local")
    assert not proxies.trusts("198.51.100.1")
