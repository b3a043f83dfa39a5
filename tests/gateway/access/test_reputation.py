"""The administrator's own scores."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from gateway.access.reputation import NO_SCORE, PRIVATE, LocalReputation, Standing
from gateway.access.sources import Addresses, parse_source


def addresses(text: str) -> Addresses:
    source = parse_source(text)
    assert isinstance(source, Addresses)
    return source


@pytest.mark.parametrize(
    ("address", "standing"),
    [
        ("192.0.2.1", Standing(-1.5, "-1.5")),
        ("192.0.2.2", Standing(4.0, "4.0")),
        ("2001:db8::1", Standing(-10.0, "-10.0")),
        ("198.51.100.1", NO_SCORE),
        ("10.1.2.3", PRIVATE),
        ("fd00::1", PRIVATE),
    ],
)
def test_scores(address: str, standing: Standing) -> None:
    reputation = LocalReputation(
        [(addresses("192.0.2.1"), -1.5), (addresses("192.0.2."), 4), (addresses("2001:db8::/32"), -10)]
    )
    assert asyncio.run(reputation(ip_address(address))) == standing
