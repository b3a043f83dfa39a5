"""DNS of a worker: one resolver, made of `<dns>`, for who wants to send and for where mail goes."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.rdata
import dns.rdatatype
import dns.resolver

from gateway.access import dns as access
from gateway.config.elements.delivery import Dns, DnsServer
from gateway.dns.domains import DomainTable
from gateway.dns.resolver import DnsStatus, Lookup, NameServer, Resolver

_REASONS = {
    DnsStatus.FOUND: access.Reason.OK,
    DnsStatus.EMPTY: access.Reason.EMPTY,
    DnsStatus.ABSENT: access.Reason.ABSENT,
    DnsStatus.FAILED: access.Reason.FAILED,
}
_NAMES = {"PTR": "target", "MX": "exchange"}  # types whose records name something, and the field that does


def resolver_of(settings: Dns) -> Resolver:
    """Asks the configured servers, or the system's; one that has none fails every question at once."""
    return Resolver(
        _servers(settings.servers) or system_servers(),
        zones=DomainTable({zone.domain: _servers(zone.servers) for zone in settings.zones}),
        deadline=settings.deadline,
    )


def access_lookup(resolver: Lookup) -> access.Lookup:
    """What the access layer asks, asked of `resolver`."""

    async def lookup(name: str, kind: str) -> access.Answer:
        answer = await resolver.query(name, dns.rdatatype.from_text(kind))
        values = tuple(_value(record, kind) for record in answer.records)
        return access.Answer(_REASONS[answer.status], values)

    return lookup


def _value(record: dns.rdata.Rdata, kind: str) -> str:
    named = _NAMES.get(kind)
    return str(getattr(record, named)).removesuffix(".").lower() if named else record.to_text()


def _servers(elements: Sequence[DnsServer]) -> tuple[NameServer, ...]:
    return tuple(NameServer(element.ip, element.port, element.trusted) for element in elements)


def system_servers() -> tuple[NameServer, ...]:
    """The servers of resolv.conf; one on this host may be believed about DNSSEC (RFC 7672 §2.1.1)."""
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException:
        return ()
    addresses = [server for server in found if isinstance(server, str)]
    return tuple(NameServer(text, 53, ipaddress.ip_address(text).is_loopback) for text in addresses)
