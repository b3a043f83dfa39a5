"""Limits per sender over all listeners and workers: what a mail flow policy allows an hour (G1).

Every listener compares with its own threshold, and all compare the same counters, as with the incumbent.
What counts as one sender is the peer's address cut to the policy's significant bits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv4Address

from gateway.access.policies import Limits
from gateway.access.shared import Gauges, Windows, key_of
from gateway.access.sources import IpAddress
from gateway.smtp.address import Mailbox

HOUR = 3600


def network_of(address: IpAddress, limits: Limits) -> bytes:
    """The part of the address that counts: its significant bits, the rest zero."""
    v4 = isinstance(address, IPv4Address)
    bits = limits.significant_bits if v4 else limits.significant_bits6
    rest = (32 if v4 else 128) - bits
    return (int(address) >> rest << rest).to_bytes(4 if v4 else 16, "big")


class SenderLimits:
    """The limits, on counters that are handed in. No method waits."""

    def __init__(
        self, windows: Windows, connections: Gauges, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._windows = windows
        self._connections = connections
        self._clock = clock

    def connect(self, address: IpAddress, limits: Limits) -> bool:
        """One more connection from this address; False, and not counted, if it has its share."""
        key = key_of("conn", address.packed)
        if self._connections.count(key) >= limits.max_concurrency:
            return False
        self._connections.up(key)
        return True

    def disconnect(self, address: IpAddress) -> None:
        """A connection that `connect` let in has ended."""
        self._connections.down(key_of("conn", address.packed))

    def recipient(self, address: IpAddress, limits: Limits) -> bool:
        """One more recipient from this sender; False, and not counted, if the hour's limit is reached."""
        if limits.max_rcpts_per_hour < 0:
            return True
        return self._take("rcpt", network_of(address, limits), limits.max_rcpts_per_hour, HOUR)

    def envelope_sender(self, sender: Mailbox | None, limits: Limits) -> bool:
        """One more recipient from this envelope sender; False, and not counted, if its limit is reached.

        Bounces have no sender and are not limited here.
        """
        if limits.max_rcpts_per_envsender < 0 or sender is None:
            return True
        who = str(sender).lower().encode()
        return self._take("from", who, limits.max_rcpts_per_envsender, limits.envsender_interval * 60)

    def invalid_recipient(self, address: IpAddress, limits: Limits) -> bool:
        """Count a refused recipient; False when this sender has passed its directory-harvest limit."""
        if not limits.dhap_limit:
            return True
        key = key_of("dhap", network_of(address, limits))
        now = self._clock()
        self._windows.add(key, 1, HOUR, now)
        return self._windows.count(key, HOUR, now) <= limits.dhap_limit

    def harvesting(self, address: IpAddress, limits: Limits) -> bool:
        """True if this sender has passed its directory-harvest limit within the hour."""
        if not limits.dhap_limit:
            return False
        key = key_of("dhap", network_of(address, limits))
        return self._windows.count(key, HOUR, self._clock()) > limits.dhap_limit

    def failed_logins(self, address: IpAddress, limits: Limits) -> int:
        """Wrong passwords from this sender within the hour."""
        return self._windows.count(key_of("auth", network_of(address, limits)), HOUR, self._clock())

    def login_failed(self, address: IpAddress, limits: Limits) -> int:
        """Count a wrong password; how many there were within the hour."""
        key, now = key_of("auth", network_of(address, limits)), self._clock()
        self._windows.add(key, 1, HOUR, now)
        return self._windows.count(key, HOUR, now)

    def _take(self, kind: str, who: bytes, limit: int, interval: int) -> bool:
        key = key_of(f"{kind}{interval}", who)
        now = self._clock()
        if self._windows.count(key, interval, now) >= limit:
            return False
        self._windows.add(key, 1, interval, now)
        return True
