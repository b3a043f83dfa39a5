"""Limits per sender: recipients per hour, envelope sender, connections, directory harvest."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.access.limits import SenderLimits, network_of
from gateway.access.policies import Limits
from gateway.access.shared import Gauges, SharedTable, Windows
from gateway.smtp.address import Mailbox

PEER, NEIGHBOUR, STRANGER = map(ip_address, ("192.0.2.1", "192.0.2.2", "198.51.100.1"))


class Clock:
    def __init__(self) -> None:
        self.now = 100_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workers(tmp_path: Path, clock: Clock) -> Iterator[list[SenderLimits]]:
    rates = [SharedTable(tmp_path / "rates", worker, 2, slots=256) for worker in range(2)]
    connections = [SharedTable(tmp_path / "open", worker, 2, slots=256, clear=True) for worker in range(2)]
    yield [
        SenderLimits(Windows(rate), Gauges(connection), clock=clock)
        for rate, connection in zip(rates, connections, strict=True)
    ]
    for table in rates + connections:
        table.close()


def test_recipients_per_hour_over_workers(workers: list[SenderLimits], clock: Clock) -> None:
    limits = Limits(max_rcpts_per_hour=20)
    taken = [workers[number % 2].recipient(PEER, limits) for number in range(25)]
    assert taken == [True] * 20 + [False] * 5
    assert workers[0].recipient(NEIGHBOUR, limits)
    assert workers[0].recipient(PEER, Limits())
    clock.now += 2 * 3600
    assert workers[1].recipient(PEER, limits)


def test_significant_bits_make_neighbours_one(workers: list[SenderLimits]) -> None:
    limits = Limits(max_rcpts_per_hour=1, significant_bits=24)
    assert workers[0].recipient(PEER, limits)
    assert not workers[1].recipient(NEIGHBOUR, limits)
    assert workers[0].recipient(STRANGER, limits)


def test_network() -> None:
    assert network_of(PEER, Limits(significant_bits=24)) == bytes([192, 0, 2, 0])
    assert network_of(PEER, Limits()) == PEER.packed
    assert network_of(ip_address("2001:db8:1:2:3::4"), Limits()) == ip_address("2001:db8:1:2::").packed


def test_envelope_sender(workers: list[SenderLimits], clock: Clock) -> None:
    limits = Limits(max_rcpts_per_envsender=2, envsender_interval=15)
    sender = Mailbox("News", "example.com")
    assert [worker.envelope_sender(sender, limits) for worker in (*workers, *workers)] == [
        True,
        True,
        False,
        False,
    ]
    assert not workers[0].envelope_sender(Mailbox("news", "example.com"), limits)
    assert workers[0].envelope_sender(Mailbox("other", "example.com"), limits)
    assert workers[0].envelope_sender(None, limits)
    clock.now += 1800
    assert workers[0].envelope_sender(sender, limits)


def test_connections(workers: list[SenderLimits]) -> None:
    limits = Limits(max_concurrency=2)
    assert [workers[number % 2].connect(PEER, limits) for number in range(3)] == [True, True, False]
    assert workers[0].connect(NEIGHBOUR, limits)
    workers[1].disconnect(PEER)
    assert workers[0].connect(PEER, limits)


def test_directory_harvest(workers: list[SenderLimits]) -> None:
    limits = Limits(dhap_limit=3)
    assert [workers[number % 2].invalid_recipient(PEER, limits) for number in range(4)] == [True] * 3 + [
        False
    ]
    assert workers[1].harvesting(PEER, limits)
    assert not workers[1].harvesting(NEIGHBOUR, limits)
    assert not workers[1].harvesting(PEER, Limits())
    assert workers[0].invalid_recipient(PEER, Limits())
