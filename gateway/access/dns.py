"""DNS questions of the access layer: an answer is values or a reason, and comes before the deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from gateway.access.sources import IpAddress, plain_address


class Reason(StrEnum):
    """How an answer came about."""

    OK = "ok"
    ABSENT = "absent"  # NXDOMAIN: there is no such name
    EMPTY = "empty"  # the name exists, a record of this type does not
    FAILED = "failed"  # SERVFAIL, refused, no server: try again later
    TIMEOUT = "timeout"
    MALFORMED = "malformed"  # the name cannot be asked for


TEMPORARY = frozenset({Reason.FAILED, Reason.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Answer:
    """Values, in A-labels and lower case where they are names; empty unless the reason is OK."""

    reason: Reason
    values: tuple[str, ...] = ()


class Lookup(Protocol):
    """Ask for the records of one type (A, AAAA, PTR, MX) of a name in A-labels. Never raises, never hangs."""

    def __call__(self, name: str, kind: str, /) -> Awaitable[Answer]: ...


def resolver_lookup(resolver: dns.asyncresolver.Resolver, *, deadline: float = 5.0) -> Lookup:
    """A `Lookup` on a dnspython resolver. `deadline`: seconds for one question, retries included."""

    async def lookup(name: str, kind: str) -> Answer:
        try:
            async with asyncio.timeout(deadline):
                answer = await resolver.resolve(name, kind, lifetime=deadline, search=False)
        except dns.resolver.NXDOMAIN:
            return Answer(Reason.ABSENT)
        except dns.resolver.NoAnswer:
            return Answer(Reason.EMPTY)
        except (TimeoutError, dns.exception.Timeout):
            return Answer(Reason.TIMEOUT)
        except (dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong, dns.exception.SyntaxError):
            return Answer(Reason.MALFORMED)
        except (dns.exception.DNSException, OSError):
            return Answer(Reason.FAILED)
        return Answer(Reason.OK, tuple(_value(record, kind) for record in answer))

    return lookup


def _value(record: object, kind: str) -> str:
    match kind:
        case "PTR":
            return str(getattr(record, "target")).removesuffix(".").lower()  # noqa: B009
        case "MX":
            return str(getattr(record, "exchange")).removesuffix(".").lower()  # noqa: B009
        case _:
            return str(record)


def cached(lookup: Lookup, *, seconds: float, clock: Callable[[], float], most: int = 10_000) -> Lookup:
    """`lookup` with definite answers remembered for a short while, and one question asked once at a time.

    A resolver on the appliance keeps to the TTLs; this saves the round trip when one host opens a hundred
    connections, and keeps a burst from asking a hundred times.
    """
    remembered: dict[tuple[str, str], tuple[float, Answer]] = {}
    running: dict[tuple[str, str], asyncio.Task[Answer]] = {}

    async def ask(question: tuple[str, str]) -> Answer:
        try:
            answer = await lookup(*question)
        finally:
            running.pop(question, None)
        if answer.reason not in TEMPORARY:
            if len(remembered) >= most:
                remembered.clear()
            remembered[question] = (clock() + seconds, answer)
        return answer

    async def cached_lookup(name: str, kind: str) -> Answer:
        question = (name, kind)
        known = remembered.get(question)
        if known is not None and known[0] > clock():
            return known[1]
        task = running.get(question)
        if task is None:
            task = running[question] = asyncio.get_running_loop().create_task(ask(question))
        # Shielded: the connection that asked first may go away, the others still want the answer.
        return await asyncio.shield(task)

    return cached_lookup


def reverse_name(address: IpAddress) -> str:
    """The name under in-addr.arpa or ip6.arpa, without a trailing dot."""
    return plain_address(address).reverse_pointer


def list_name(address: IpAddress, zone: str) -> str:
    """The name to ask a DNS list for, RFC 5782 sections 2.1 and 2.4."""
    return f"{reverse_name(address).rsplit('.', 2)[0]}.{zone}"
