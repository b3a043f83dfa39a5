"""Destination controls: how mail may be sent to a domain (G2; console: `destconfig`).

An entry leaves open what it does not set; what is open comes from the default entry. `Controls.find` gives
the merged result. Each entry may name its own TLS certificate (G2), used in place of the default entry's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from gateway.delivery.mx import AddressPreference
from gateway.dns.domains import EVERYTHING, DomainTable, entry_key
from mailward.errors import BadInput

DEFAULT_CONNECTIONS = 500
DEFAULT_MESSAGES = 50
MOST_CONNECTIONS = 1_000


class TlsLevel(StrEnum):
    """What a destination control asks of TLS."""

    NONE = "none"
    PREFERRED = "preferred"
    REQUIRED = "required"
    PREFERRED_VERIFIED = "preferred-verified"
    REQUIRED_VERIFIED = "required-verified"


class DaneLevel(StrEnum):
    """What a destination control asks of DANE (RFC 7672)."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"  # where the zone offers it, it binds
    MANDATORY = "mandatory"  # without usable TLSA records mail waits


class LimitScope(StrEnum):
    """What the limits of an entry are counted by."""

    DOMAIN = "domain"
    EXCHANGER = "exchanger"  # each MX host by itself


class LimitBase(StrEnum):
    """Whether virtual gateways share the limits of an entry."""

    SYSTEM = "system"
    GATEWAY = "gateway"


class BadControl(BadInput):
    """A value outside its bounds."""

    key = "delivery.bad-destination-control"
    sentence = "Destination control {domain}: {reason}"
    remedy = "Connections 1-1000, messages per connection 1-1000, recipients 0 or more per 1-60 minutes."


@dataclass(frozen=True, slots=True)
class RecipientRate:
    """At most `count` recipients in any `minutes` minutes; count 0 means no limit."""

    count: int = 0
    minutes: int = 60


@dataclass(frozen=True, slots=True)
class Control:
    """A merged entry: every value is known."""

    addresses: AddressPreference = AddressPreference.PREFER_V6
    connections: int = DEFAULT_CONNECTIONS
    messages: int = DEFAULT_MESSAGES
    recipients: RecipientRate = RecipientRate()
    scope: LimitScope = LimitScope.DOMAIN
    base: LimitBase = LimitBase.SYSTEM
    tls: TlsLevel = TlsLevel.NONE
    dane: DaneLevel = DaneLevel.NONE
    mta_sts: bool = False
    certificate: str = ""
    profile: str = ""  # bounce profile; empty: the default one


@dataclass(frozen=True, slots=True)
class ControlEntry:
    """An entry as configured: None is "as in the default entry"."""

    addresses: AddressPreference | None = None
    connections: int | None = None
    messages: int | None = None
    recipients: RecipientRate | None = None
    scope: LimitScope | None = None
    base: LimitBase | None = None
    tls: TlsLevel | None = None
    dane: DaneLevel | None = None
    mta_sts: bool | None = None
    certificate: str | None = None
    profile: str | None = None


class Controls:
    """The table: domain, `.domain`, then the default entry (`ALL`). Raises `BadControl`, `BadDomain`."""

    def __init__(self, entries: Mapping[str, ControlEntry] | None = None) -> None:
        given = {entry_key(name): entry for name, entry in (entries or {}).items()}
        for name, entry in given.items():
            _check(name, entry)
        self.default = _merge(Control(), given.get(EVERYTHING, ControlEntry()))
        self._given = given
        self._table = DomainTable({name: _merge(self.default, entry) for name, entry in given.items()})

    def find(self, domain: str) -> Control:
        """The control for a domain (A-labels in lower case)."""
        return self._table.find(domain) or self.default

    def entries(self) -> dict[str, ControlEntry]:
        """The entries as configured, by key."""
        return dict(self._given)


def _merge(base: Control, entry: ControlEntry) -> Control:
    given = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return replace(base, **{name: value for name, value in given.items() if value is not None})


def _check(domain: str, entry: ControlEntry) -> None:
    if entry.connections is not None and not 1 <= entry.connections <= MOST_CONNECTIONS:
        raise BadControl(domain=domain, reason=f"{entry.connections} connections")
    if entry.messages is not None and not 1 <= entry.messages <= 1_000:
        raise BadControl(domain=domain, reason=f"{entry.messages} messages per connection")
    rate = entry.recipients
    if rate is not None and (rate.count < 0 or not 1 <= rate.minutes <= 60):
        raise BadControl(domain=domain, reason=f"{rate.count} recipients per {rate.minutes} minutes")
