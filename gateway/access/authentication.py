"""SMTP AUTH: is it this account's password, and may this host go on guessing.

One `Authenticator` per worker. Hashes are made in a thread, one at a time: what a crowd of guessers can cost
is one processor of a worker and 16 MB. A wrong password is answered late, later with each of the hour, and
when a host has had its number of them nothing more is checked for it. The numbers are those of all workers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from gateway.access.limits import SenderLimits, network_of
from gateway.access.passwords import NOBODY, PasswordHash, account_name
from gateway.access.policies import Limits
from gateway.access.sources import IpAddress

DELAY = 1.0  # seconds, times the wrong passwords of this host in an hour
MOST_DELAY = 10.0  # seconds
Accounts = Mapping[str, PasswordHash]  # by `account_name`


class Outcome(StrEnum):
    GOOD = "good"
    WRONG = "wrong"
    BLOCKED = "blocked"  # too many wrong ones: not looked at


class Authenticator:
    """Checks passwords. Build it in the loop."""

    def __init__(self, senders: SenderLimits, *, delay: float = DELAY) -> None:
        self._senders = senders
        self._delay = delay
        self._turn = asyncio.Semaphore(1)
        self._trying: Counter[bytes] = Counter()  # checks under way by network: they may all be wrong

    async def check(
        self, accounts: Accounts, address: IpAddress, limits: Limits, most: int, login: str, password: str
    ) -> Outcome:
        """`most`: wrong passwords an hour from one host, 0 for no limit."""
        host = network_of(address, limits)
        if most and self._senders.failed_logins(address, limits) + self._trying[host] >= most:
            return Outcome.BLOCKED
        self._trying[host] += 1
        try:
            async with self._turn:
                found = accounts.get(account_name(login))
                fits = await asyncio.to_thread((found or NOBODY).fits, password)
            if found is not None and fits:
                return Outcome.GOOD
            failures = self._senders.login_failed(address, limits)
        finally:
            self._trying[host] -= 1
            if not self._trying[host]:
                del self._trying[host]
        await asyncio.sleep(min(MOST_DELAY, self._delay * failures))
        return Outcome.WRONG
