"""DNS for access and delivery: asynchronous, with a deadline, a bounded cache and an honest word about DNSSEC.

An answer always comes back as a value with a reason; nothing here raises for what a remote zone does.
`secure` is true only when a *trusted* server (one reached over loopback or a protected network, and so
declared by the administrator) set the AD bit: RFC 7672 §2.1.1 forbids believing it from anyone else.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype

from gateway.dns.domains import DomainTable

SHORTEST_TTL = 5.0  # seconds: a zone with TTL 0 must not turn one delivery run into hundreds of queries
LONGEST_TTL = 86_400.0
FAILURE_TTL = 5.0
NEGATIVE_TTL = 3_600.0  # RFC 2308 §5: cap on negative answers
UDP_PAYLOAD = 1_232  # octets; DNS flag day 2020: never fragmented


class DnsStatus(StrEnum):
    """What became of a question."""

    FOUND = "found"
    EMPTY = "empty"  # the name exists, the type does not
    ABSENT = "absent"  # NXDOMAIN
    FAILED = "failed"  # no usable answer within the deadline: try again later


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """Records and how far to trust them. `canonical` is the name at the end of any CNAME chain."""

    status: DnsStatus
    records: tuple[dns.rdata.Rdata, ...] = ()
    secure: bool = False
    canonical: str = ""
    ttl: float = FAILURE_TTL
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NameServer:
    """A recursive server; `trusted` says that its AD bit may be believed."""

    address: str
    port: int = 53
    trusted: bool = False


class Lookup(Protocol):
    """What delivery needs of it; tests hand in a dictionary. Access has a smaller one of its own."""

    async def query(self, name: str, kind: dns.rdatatype.RdataType) -> DnsAnswer:
        """Answer for `name` (A-labels); never raises for the remote side's sake."""
        ...


class AnswerCache:
    """Answers by question, dropped when their time is over or, oldest use first, when there are too many."""

    def __init__(self, size: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._answers: OrderedDict[tuple[str, int], tuple[float, DnsAnswer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: tuple[str, int]) -> DnsAnswer | None:
        """The answer if there is one that still holds."""
        kept = self._answers.get(key)
        if kept is None:
            return None
        expires, answer = kept
        if expires <= self._clock():
            del self._answers[key]
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, key: tuple[str, int], answer: DnsAnswer) -> None:
        """Keep `answer` for its TTL, within the limits of this module."""
        self._answers[key] = (self._clock() + min(max(answer.ttl, SHORTEST_TTL), LONGEST_TTL), answer)
        self._answers.move_to_end(key)
        while len(self._answers) > self._size:
            self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget everything (`dnsflush`)."""
        self._answers.clear()


class Resolver:
    """Asks the given servers in turn until one answers or the deadline is over.

    Args:
        servers: tried in this order, each for `attempt` seconds at most, twice round.
        zones: other servers for some domains (`example.com`, `.example.com`), before `servers`.
        deadline: seconds a question may take in all.
    """

    def __init__(
        self,
        servers: Sequence[NameServer],
        *,
        zones: DomainTable[tuple[NameServer, ...]] | None = None,
        deadline: float = 10.0,
        attempt: float = 2.5,
        cache: AnswerCache | None = None,
    ) -> None:
        self._servers = tuple(servers)
        self._zones = zones or DomainTable[tuple[NameServer, ...]]()
        self._deadline = deadline
        self._attempt = attempt
        self.cache = cache or AnswerCache()
        self._running: dict[tuple[str, int], asyncio.Task[DnsAnswer]] = {}

    async def query(self, name: str, kind: dns.rdatatype.RdataType) -> DnsAnswer:
        """See `Lookup.query`. Equal questions in flight share one exchange."""
        key = (name, int(kind))
        kept = self.cache.get(key)
        if kept is not None:
            return kept
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._resolve(name, kind))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # One waiter that is cancelled must not take the answer from the others.
        return await asyncio.shield(task)

    async def _resolve(self, name: str, kind: dns.rdatatype.RdataType) -> DnsAnswer:
        try:
            question = dns.message.make_query(
                dns.name.from_text(name), kind, use_edns=0, want_dnssec=True, payload=UDP_PAYLOAD
            )
        except (dns.exception.DNSException, UnicodeError) as error:
            # Not a name that DNS can hold, so it exists nowhere: as final as NXDOMAIN.
            return DnsAnswer(DnsStatus.ABSENT, reason=f"{name}: {error}")
        question.flags |= dns.flags.AD  # RFC 6840 §5.7: ask for the AD bit
        reason = "no DNS server is configured"
        try:
            async with asyncio.timeout(self._deadline):
                for server in (self._zones.find(name) or self._servers) * 2:
                    answer = await self._ask(question, name, server)
                    if answer.status is not DnsStatus.FAILED:
                        self.cache.put((name, int(kind)), answer)
                        return answer
                    reason = answer.reason
        except TimeoutError:
            reason = f"no answer within {self._deadline:g} s"
        answer = DnsAnswer(DnsStatus.FAILED, reason=reason)
        self.cache.put((name, int(kind)), answer)
        return answer

    async def _ask(self, question: dns.message.Message, name: str, server: NameServer) -> DnsAnswer:
        try:
            reply, _ = await dns.asyncquery.udp_with_fallback(
                question, server.address, self._attempt, server.port, ignore_unexpected=True
            )
        except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
            text = str(error) or type(error).__name__
            return DnsAnswer(DnsStatus.FAILED, reason=f"{server.address}: {text}")
        return read_reply(reply, name, server)


def read_reply(reply: dns.message.Message, name: str, server: NameServer) -> DnsAnswer:
    """What `reply` says about `name`, CNAME chain followed, with TTLs of RFC 2308 for "there is none"."""
    code = reply.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return DnsAnswer(DnsStatus.FAILED, reason=f"{server.address}: {dns.rcode.to_text(code)} for {name}")
    secure = server.trusted and bool(reply.flags & dns.flags.AD)
    try:
        if not isinstance(reply, dns.message.QueryMessage):
            raise dns.exception.FormError
        chain = reply.resolve_chaining()
    except dns.exception.DNSException as error:
        text = str(error) or type(error).__name__
        return DnsAnswer(DnsStatus.FAILED, reason=f"{server.address}: malformed answer for {name}: {text}")
    canonical = chain.canonical_name.to_text(omit_final_dot=True).lower()
    if chain.answer is not None and len(chain.answer) > 0:
        return DnsAnswer(DnsStatus.FOUND, tuple(chain.answer), secure, canonical, float(chain.minimum_ttl))
    ttl = min(float(chain.minimum_ttl), NEGATIVE_TTL)
    status = DnsStatus.ABSENT if code == dns.rcode.NXDOMAIN else DnsStatus.EMPTY
    return DnsAnswer(status, (), secure, canonical, ttl, f"{name}: {dns.rcode.to_text(code)}, no such record")
