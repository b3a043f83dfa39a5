"""Sender verification: who is the host, does the envelope sender's domain exist, is the host listed (G1).

Every check asks a `Lookup` that is handed in and ends by a deadline; what DNS does not say in time counts as
a failure for the time being, never as a verdict for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address

from gateway.access.dns import Lookup, Reason, list_name, reverse_name
from gateway.access.rat import parse_recipient
from gateway.access.sources import HostDns, IpAddress, plain_address
from gateway.smtp.address import Mailbox
from gateway.smtp.domain import BadDomain, wire_domain

MAX_NAMES = 4  # PTR records looked at; more is nonsense, and each costs lookups


@dataclass(frozen=True, slots=True)
class HostName:
    """A peer's reverse DNS: `name` is empty if there is none; it is believed only if `dns` says verified."""

    name: str
    dns: HostDns

    @property
    def verified(self) -> bool:
        return self.dns is HostDns.VERIFIED


UNKNOWN_HOST = HostName("", HostDns.NOT_ASKED)


async def verify_host(address: IpAddress, lookup: Lookup, *, deadline: float = 5.0) -> HostName:
    """The peer's name, checked both ways (RFC 8601 section 2.7.3). `deadline`: seconds for all of it."""
    try:
        async with asyncio.timeout(deadline):
            return await _verify_host(plain_address(address), lookup)
    except TimeoutError:
        return HostName("", HostDns.SERV_FAIL)


async def _verify_host(address: IpAddress, lookup: Lookup) -> HostName:
    pointers = await lookup(reverse_name(address), "PTR")
    if pointers.reason is Reason.FAILED:
        return HostName("", HostDns.SERV_FAIL)
    names = [name for name in pointers.values if _is_host(name)][:MAX_NAMES]
    if not names:
        # A PTR to something that is no host name might as well not be there.
        return HostName("", HostDns.NOT_DOUBLE_VERIFIED if pointers.values else HostDns.NX_DOMAIN)
    kind = "A" if address.version == 4 else "AAAA"
    answers = await asyncio.gather(*(lookup(name, kind) for name in names))
    for name, answer in zip(names, answers, strict=True):
        if any(ip_address(value) == address for value in answer.values):
            return HostName(name, HostDns.VERIFIED)
    failed = any(answer.reason is Reason.FAILED for answer in answers)
    return HostName(names[0], HostDns.SERV_FAIL if failed else HostDns.NOT_DOUBLE_VERIFIED)


def _is_host(name: str) -> bool:
    try:
        wire_domain(name.replace("_", "0"))
    except BadDomain:
        return False
    return True


class SenderState(StrEnum):
    """What DNS says of the envelope sender's domain."""

    OK = "ok"
    NO_DOMAIN = "no-domain"  # malformed: a mailbox without a domain, or an address literal of no use
    ABSENT = "absent"  # NXDOMAIN, or neither MX nor address records
    NULL_MX = "null-mx"  # RFC 7505: the domain sends no mail that could be answered
    FAILED = "failed"  # DNS did not say


async def verify_sender(sender: Mailbox | None, lookup: Lookup, *, deadline: float = 5.0) -> SenderState:
    """Does the envelope sender's domain exist? Bounces (None) and address literals are fine."""
    if sender is None or sender.ip is not None:
        return SenderState.OK
    if not sender.domain or sender.domain.startswith("["):
        return SenderState.NO_DOMAIN
    try:
        async with asyncio.timeout(deadline):
            return await _verify_domain(sender.domain, lookup)
    except TimeoutError:
        return SenderState.FAILED


async def _verify_domain(domain: str, lookup: Lookup) -> SenderState:
    exchanges = await lookup(domain, "MX")
    match exchanges.reason:
        case Reason.OK:
            return SenderState.NULL_MX if set(exchanges.values) <= {""} else SenderState.OK
        case Reason.ABSENT:
            return SenderState.ABSENT
        case Reason.FAILED:
            return SenderState.FAILED
        case Reason.EMPTY:
            pass
    # RFC 5321 section 5.1: without MX records the address records are the implicit MX.
    answers = await asyncio.gather(lookup(domain, "A"), lookup(domain, "AAAA"))
    if any(answer.reason is Reason.OK for answer in answers):
        return SenderState.OK
    failed = any(answer.reason is Reason.FAILED for answer in answers)
    return SenderState.FAILED if failed else SenderState.ABSENT


async def ask_lists(
    address: IpAddress, zones: Iterable[str], lookup: Lookup, *, deadline: float = 5.0
) -> dict[str, bool]:
    """Which of the DNS lists name the peer, all asked at once; one that is late does not name it.

    Only answers within 127.0.0.0/8 count (RFC 5782 section 2.1): a zone that was sold to somebody who answers
    everything with his own address must not block the world.
    """

    async def listed(zone: str) -> bool:
        try:
            async with asyncio.timeout(deadline):
                answer = await lookup(list_name(address, zone), "A")
        except TimeoutError:
            return False
        return any(value.startswith("127.") for value in answer.values)

    wanted = list(zones)
    return dict(zip(wanted, await asyncio.gather(*(listed(zone) for zone in wanted)), strict=True))


class Exemption(StrEnum):
    """What the exception table says about a sender."""

    ALLOW = "allow"
    REJECT = "reject"


@dataclass(frozen=True)
class SenderExceptions:
    """The sender verification exception table: who is allowed or rejected without a lookup (G24).

    An address wins over its domain. Keys are what `gateway.access.rat.parse_recipient` makes of the text.
    """

    entries: tuple[tuple[str, Exemption], ...] = ()

    @cached_property
    def _table(self) -> dict[str, Exemption]:
        return {parse_recipient(text): exemption for text, exemption in reversed(self.entries)}

    def find(self, sender: Mailbox | None) -> Exemption | None:
        """The entry for this sender, if there is one."""
        if sender is None or not self.entries:
            return None
        user, domain = sender.user.lower(), sender.domain
        found = self._table.get(f"{user}@{domain}") or self._table.get(domain)
        while found is None and (dot := domain.find(".") + 1):
            domain = domain[dot:]
            found = self._table.get(f".{domain}")
        return found


NO_EXCEPTIONS = SenderExceptions()
