"""MTA-STS (RFC 8461): a domain's word that its mail hosts speak verified TLS, kept over HTTPS.

Parsers here, `PolicyBook` decides which policy holds now. A policy that is known and not yet expired
survives a missing TXT record and a web server that is away (RFC 8461 §3.3, §5.1): that is the protection it
gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import dns.rdatatype
from dns.rdtypes.ANY.TXT import TXT

from gateway.dns.resolver import DnsStatus, Lookup
from gateway.smtp.domain import BadDomain, typed_domain
from mailward.errors import BadInput, Failed

LONGEST_AGE = 31_557_600  # seconds, RFC 8461 §3.2
LARGEST_POLICY = 65_536  # octets, RFC 8461 §3.2
RETRY = 300.0  # seconds between fetches of a policy that could not be had, RFC 8461 §3.3
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


class StsMode(StrEnum):
    """How a policy is meant."""

    ENFORCE = "enforce"
    TESTING = "testing"  # deliver anyway, report
    NONE = "none"


class BadPolicy(BadInput):
    """A policy that does not follow RFC 8461 §3.2; it is as good as none."""

    key = "delivery.bad-sts-policy"
    sentence = "The MTA-STS policy is malformed: {reason}"


class FetchFailed(Failed):
    """The policy could not be had over HTTPS."""

    key = "delivery.sts-fetch"
    sentence = "Cannot fetch the MTA-STS policy of {domain}: {reason}"


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A parsed policy; `max_age` in seconds, `hosts` are patterns (`mx.example.com`, `*.example.net`)."""

    mode: StsMode
    max_age: int
    hosts: tuple[str, ...] = ()

    def allows(self, host: str) -> bool:
        """Whether `host` (A-labels) is one of the domain's mail hosts: RFC 8461 §4.1."""
        return any(_covers(pattern, host) for pattern in self.hosts)


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A policy as it is remembered; times are of the wall clock, so that it survives a restart."""

    domain: str
    id: str
    policy: StsPolicy
    expires: float


class PolicyStore(Protocol):
    """Where policies survive a restart."""

    def load(self) -> list[KeptPolicy]:
        """All that were kept; damaged ones are left out."""
        ...

    def save(self, kept: KeptPolicy) -> None:
        """Keep one, in place of an older one of the same domain."""
        ...


class Fetcher(Protocol):
    """Gets a policy over HTTPS."""

    async def fetch(self, domain: str) -> str:
        """The text at https://mta-sts.DOMAIN/.well-known/mta-sts.txt. Raises `FetchFailed`."""
        ...


def parse_record(text: str) -> str | None:
    """The policy id of a `_mta-sts` TXT record (RFC 8461 §3.1), or None if it is not one."""
    fields = [field.strip() for field in text.split(";")]
    if fields[0] != "v=STSv1":
        return None
    for field in fields[1:]:
        name, equals, value = field.partition("=")
        if equals and name.strip() == "id":
            return value.strip() if _ID.fullmatch(value.strip()) else None
    return None


def parse_policy(text: str) -> StsPolicy:
    """A policy from its text (RFC 8461 §3.2). Raises `BadPolicy`; unknown fields are passed over."""
    values: dict[str, str] = {}
    hosts: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or not _KEY.fullmatch(name):
            raise BadPolicy(reason=f"{line[:60]!r} is not a field")
        if name == "mx":
            hosts.append(_pattern(value))
        else:
            values.setdefault(name, value)  # RFC 8461 §3.2: of a repeated field the first one counts
    if values.get("version") != "STSv1":
        raise BadPolicy(reason="version is not STSv1")
    age = values.get("max_age", "")
    if not (age.isascii() and age.isdigit() and len(age) <= 10):
        raise BadPolicy(reason=f"max_age is {age[:20]!r}")
    try:
        mode = StsMode(values.get("mode", ""))
    except ValueError as error:
        raise BadPolicy(reason=f"mode is {values.get('mode', '')[:20]!r}") from error
    if not hosts and mode is not StsMode.NONE:
        raise BadPolicy(reason="it names no mx")
    return StsPolicy(mode, min(int(age), LONGEST_AGE), tuple(hosts))


def _pattern(value: str) -> str:
    wild = value.startswith("*.")
    try:
        name = typed_domain(value[2:] if wild else value)
    except BadDomain as error:
        raise BadPolicy(reason=f"mx {value[:60]!r} is not a host name") from error
    return f"*.{name}" if wild else name


def _covers(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and rest == pattern[2:]
    return pattern == host


class PolicyBook:
    """The policies this system knows. `now` is the wall clock in seconds."""

    def __init__(
        self, lookup: Lookup, fetcher: Fetcher, store: PolicyStore, now: Callable[[], float]
    ) -> None:
        self._lookup = lookup
        self._fetcher = fetcher
        self._store = store
        self._now = now
        self._kept = {kept.domain: kept for kept in store.load()}
        self._not_before: dict[str, float] = {}

    async def find(self, domain: str) -> StsPolicy | None:
        """The policy that holds for `domain` (A-labels) now; None if it has none."""
        kept = self._kept.get(domain)
        if kept is not None and kept.expires <= self._now():
            kept = None
        wanted = await self._published(domain)
        if wanted is None or (kept is not None and kept.id == wanted):
            return kept.policy if kept is not None else None
        return await self._refresh(domain, wanted, kept)

    async def _published(self, domain: str) -> str | None:
        answer = await self._lookup.query(f"_mta-sts.{domain}", dns.rdatatype.TXT)
        if answer.status is not DnsStatus.FOUND:
            return None
        texts = [
            b"".join(record.strings).decode("ascii", "replace")
            for record in answer.records
            if isinstance(record, TXT)
        ]
        ours = [text for text in texts if text.startswith("v=STSv1")]
        # RFC 8461 §3.1: with more than one such record the domain has no policy.
        return parse_record(ours[0]) if len(ours) == 1 else None

    async def _refresh(self, domain: str, wanted: str, kept: KeptPolicy | None) -> StsPolicy | None:
        old = kept.policy if kept is not None else None
        if self._not_before.get(domain, 0.0) > self._now():
            return old
        try:
            policy = parse_policy(await self._fetcher.fetch(domain))
        except (FetchFailed, BadPolicy):
            self._not_before[domain] = self._now() + RETRY
            return old
        self._not_before.pop(domain, None)
        fresh = KeptPolicy(domain, wanted, policy, self._now() + policy.max_age)
        self._kept[domain] = fresh
        self._store.save(fresh)
        return policy
