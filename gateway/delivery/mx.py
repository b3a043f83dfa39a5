"""Which hosts take mail for a domain: RFC 5321 §5.1, null MX (RFC 7505), both address families.

The result is a plan in the order to try: preference groups ascending, each shuffled (RFC 5321 §5.1), with
addresses per host in the family order the destination control asks for. Where one of our own names or
addresses is in the list, it and every host of equal or worse preference are cut: they would only send the
message back to us.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import dns.rdatatype
from dns.rdtypes.ANY.MX import MX

from gateway.dns.domains import literal_address
from gateway.dns.resolver import DnsAnswer, DnsStatus, Lookup
from gateway.smtp.domain import BadDomain, typed_domain

MOST_HOSTS = 20  # more than any sane domain has; a limit on what a hostile zone can make us ask
MOST_ADDRESSES = 8  # per host


class AddressPreference(StrEnum):
    """Which family a destination control wants; names as in the incumbent's import file."""

    PREFER_V6 = "prefer-v6"
    PREFER_V4 = "prefer-v4"
    REQUIRE_V6 = "require-v6"
    REQUIRE_V4 = "require-v4"


FAMILIES = {
    AddressPreference.PREFER_V6: (6, 4),
    AddressPreference.PREFER_V4: (4, 6),
    AddressPreference.REQUIRE_V6: (6,),
    AddressPreference.REQUIRE_V4: (4,),
}
RECORD_OF_FAMILY = {4: dns.rdatatype.A, 6: dns.rdatatype.AAAA}


class PlanStatus(StrEnum):
    """Whether there is somewhere to go, and if not, whether waiting helps."""

    HOSTS = "hosts"
    NULL_MX = "null-mx"  # RFC 7505: the domain says it takes no mail (5.1.10)
    ABSENT = "absent"  # no such domain (5.1.2)
    NO_ADDRESS = "no-address"  # it exists, its hosts have no address (5.4.4)
    LOOP = "loop"  # only we are left (5.4.6)
    FAILED = "failed"  # DNS did not answer (4.4.3)


@dataclass(frozen=True, slots=True)
class Exchanger:
    """A host to try. `secure`: its addresses came with DNSSEC, a condition for DANE (RFC 7672 §2.2.2)."""

    name: str
    preference: int
    addresses: tuple[str, ...]
    port: int = 25
    secure: bool = False
    canonical: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Hosts in the order to try them. `secure`: the MX answer itself came with DNSSEC."""

    status: PlanStatus
    hosts: tuple[Exchanger, ...] = ()
    secure: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What this system is called and where it listens, to notice itself in an MX list."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host named by MX or by an SMTP route, not yet resolved."""

    name: str
    preference: int = 0
    port: int = 25


class Exchangers:
    """Finds plans by DNS. `shuffle` is handed in so that a test sees a fixed order."""

    def __init__(
        self,
        lookup: Lookup,
        identity: Identity,
        *,
        families: frozenset[int] = frozenset({4, 6}),
        rng: random.Random | None = None,
    ) -> None:
        self._lookup = lookup
        self._identity = identity
        self._families = families
        self._random = rng or random.Random()

    async def plan(
        self, domain: str, wanted: AddressPreference = AddressPreference.PREFER_V6, port: int = 25
    ) -> Plan:
        """The plan for a recipient's domain (A-labels or a literal), by MX and else by its own addresses."""
        address = literal_address(domain)
        if address is not None:
            return self.literal(address, port)
        answer = await self._lookup.query(domain, dns.rdatatype.MX)
        if answer.status is DnsStatus.FAILED:
            return Plan(PlanStatus.FAILED, reason=answer.reason)
        if answer.status is DnsStatus.ABSENT:
            return Plan(PlanStatus.ABSENT, secure=answer.secure, reason=answer.reason)
        if answer.status is DnsStatus.EMPTY:
            # Implicit MX: the domain itself with preference 0 (RFC 5321 §5.1).
            return await self.resolve([Candidate(domain, 0, port)], wanted, secure=answer.secure, cut=False)
        found = [record for record in answer.records if isinstance(record, MX)]
        named = [record for record in found if record.exchange.to_text() != "."]
        if found and not named:
            return Plan(PlanStatus.NULL_MX, secure=answer.secure, reason=f"{domain} does not accept mail")
        return await self.resolve(_candidates(named, port), wanted, secure=answer.secure)

    async def resolve(
        self,
        hosts: Iterable[Candidate],
        wanted: AddressPreference = AddressPreference.PREFER_V6,
        *,
        secure: bool = False,
        cut: bool = True,
    ) -> Plan:
        """A plan over named hosts (from MX or an SMTP route), lowest preference first.

        With `cut` our own name in the list ends it; without, only our own addresses do: a route or an
        implicit MX that names us is a loop as well, but by address it is seen just the same.
        """
        ordered = sorted(hosts, key=lambda host: host.preference)[:MOST_HOSTS]
        if not ordered:
            return Plan(PlanStatus.NO_ADDRESS, secure=secure, reason="no mail exchanger has a usable name")
        kept = self._cut_names(ordered) if cut else ordered
        if not kept:
            return Plan(PlanStatus.LOOP, secure=secure, reason="this system is the best mail exchanger")
        answers = await asyncio.gather(*(self._addresses(host, wanted) for host in kept))
        exchangers = [exchanger for exchanger, _ in answers]
        mine = [host.preference for host in exchangers if self._is_own(host)]
        if mine:
            exchangers = [host for host in exchangers if host.preference < min(mine)]
            if not any(host.addresses for host in exchangers):
                return Plan(PlanStatus.LOOP, secure=secure, reason="mail for it loops back to this system")
        usable = [host for host in exchangers if host.addresses]
        if usable:
            return Plan(PlanStatus.HOSTS, tuple(self._shuffled(usable)), secure)
        failed = [bad for _, bad in answers if bad is not None and bad.status is DnsStatus.FAILED]
        if failed:
            return Plan(PlanStatus.FAILED, secure=secure, reason=failed[0].reason)
        if len(kept) == 1 and all(bad is not None and bad.status is DnsStatus.ABSENT for _, bad in answers):
            return Plan(PlanStatus.ABSENT, secure=secure, reason=f"{kept[0].name} does not exist")
        names = ", ".join(host.name for host in kept)
        return Plan(PlanStatus.NO_ADDRESS, secure=secure, reason=f"no usable address for {names}")

    def literal(self, address: str, port: int = 25) -> Plan:
        """The plan for an address; no DNS is asked."""
        if address in self._identity.addresses and port == 25:
            return Plan(PlanStatus.LOOP, reason=f"{address} is this system")
        return Plan(PlanStatus.HOSTS, (Exchanger(address, 0, (address,), port),))

    def _cut_names(self, ordered: list[Candidate]) -> list[Candidate]:
        mine = [host.preference for host in ordered if host.name in self._identity.names]
        return [host for host in ordered if host.preference < min(mine)] if mine else ordered

    def _is_own(self, host: Exchanger) -> bool:
        return host.port == 25 and any(address in self._identity.addresses for address in host.addresses)

    async def _addresses(
        self, host: Candidate, wanted: AddressPreference
    ) -> tuple[Exchanger, DnsAnswer | None]:
        """The host with its addresses in the wanted order; without one, the worst answer on the way."""
        literal = _as_address(host.name)
        if literal is not None:
            return Exchanger(literal, host.preference, (literal,), host.port), None
        families = [family for family in FAMILIES[wanted] if family in self._families]
        answers = await asyncio.gather(
            *(self._lookup.query(host.name, RECORD_OF_FAMILY[family]) for family in families)
        )
        addresses: list[str] = []
        for answer in answers:
            found = [record.to_text() for record in answer.records]
            self._random.shuffle(found)
            addresses.extend(str(ipaddress.ip_address(text)) for text in found)
        bad = sorted(
            (answer for answer in answers if not answer.records),
            key=lambda answer: answer.status is not DnsStatus.FAILED,
        )
        with_records = [answer for answer in answers if answer.records]
        exchanger = Exchanger(
            host.name,
            host.preference,
            tuple(addresses[:MOST_ADDRESSES]),
            host.port,
            secure=bool(with_records) and all(answer.secure for answer in with_records),
            canonical=with_records[0].canonical if with_records else "",
        )
        return exchanger, (bad[0] if bad and not addresses else None)

    def _shuffled(self, hosts: list[Exchanger]) -> list[Exchanger]:
        result: list[Exchanger] = []
        for _, group in groupby(hosts, key=lambda host: host.preference):
            equal = list(group)
            self._random.shuffle(equal)
            result.extend(equal)
        return result


def _candidates(records: list[MX], port: int) -> list[Candidate]:
    found = []
    for record in records:
        try:
            name = typed_domain(record.exchange.to_text(omit_final_dot=True))
        except BadDomain:
            continue  # `mail\.example.com`: no host has such a name, the other records may still serve
        found.append(Candidate(name, record.preference, port))
    return found


def _as_address(name: str) -> str | None:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return None
