"""What the access layer asks of DNS: one small protocol, answered by the resolver of the service."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.access.sources import IpAddress, plain_address


class Reason(StrEnum):
    """How an answer came about."""

    OK = "ok"
    ABSENT = "absent"  # NXDOMAIN, or nothing that could be a name
    EMPTY = "empty"  # the name exists, a record of this type does not
    FAILED = "failed"  # SERVFAIL, refused, no server, no answer in time: try again later


@dataclass(frozen=True, slots=True)
class Answer:
    """Values, in A-labels and lower case where they are names; empty unless the reason is OK."""

    reason: Reason
    values: tuple[str, ...] = ()


class Lookup(Protocol):
    """Ask for the records of one type (A, AAAA, PTR, MX) of a name in A-labels. Never raises, never hangs."""

    def __call__(self, name: str, kind: str, /) -> Awaitable[Answer]: ...


def reverse_name(address: IpAddress) -> str:
    """The name under in-addr.arpa or ip6.arpa, without a trailing dot."""
    return plain_address(address).reverse_pointer


def list_name(address: IpAddress, zone: str) -> str:
    """The name to ask a DNS list for, RFC 5782 sections 2.1 and 2.4."""
    return f"{reverse_name(address).rsplit('.', 2)[0]}.{zone}"
