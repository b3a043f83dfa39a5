"""From the configuration to the router of the delivery agent."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import dns.exception
import dns.rdatatype
import dns.resolver
import psutil

from gateway.config.elements.delivery import BounceProfile as ProfileElement
from gateway.config.elements.delivery import DestinationControl, RouteUse
from gateway.config.model import Config
from gateway.delivery.bounce import DEFAULT_PROFILE, BounceProfile
from gateway.delivery.controls import ControlEntry, Controls, RecipientRate
from gateway.delivery.dane import Dane
from gateway.delivery.gateways import GatewayRules, VirtualGateway
from gateway.delivery.mtasts import PolicyBook
from gateway.delivery.mx import Exchangers, Identity
from gateway.delivery.ports import DEFAULT
from gateway.delivery.router import DeliveryRouter, Policy
from gateway.delivery.routes import Route, RouteHost, RouteKind, Routes
from gateway.delivery.stsfetch import HttpsFetcher, JsonPolicyStore
from gateway.delivery.tls import PemPair, TlsContexts
from gateway.dns.resolver import Lookup
from gateway.smtp.domain import typed_domain

_KINDS = {RouteUse.USEDNS: RouteKind.USEDNS, RouteUse.DISCARD: RouteKind.DISCARD}


def router(config: Config, state: Path, resolver: Lookup) -> DeliveryRouter:
    """The router of one worker, which keeps MTA-STS policies in `state`. Raises BadInput of the tables."""
    own = local_addresses()
    families = frozenset({4, 6} if any(":" in address for address in own) else {4})
    identity = Identity(frozenset({typed_domain(config.hostname)}), own)
    book = PolicyBook(
        resolver,
        HttpsFetcher(_Finder(resolver, families), ssl.create_default_context()),
        JsonPolicyStore(state / "mta-sts.json"),
        time.time,
    )
    certificates = {c.certificate_name: PemPair(c.certificate, c.private_key) for c in config.certificates}
    return DeliveryRouter(
        policy(config),
        Exchangers(resolver, identity, families=families),
        Dane(resolver),
        TlsContexts(certificates),
        book=book,
        clock=time.monotonic,
    )


def policy(config: Config) -> Policy:
    """Routes, controls, profiles and gateways. Raises BadDomain, BadControl, BadProfile."""
    profiles = {element.profile_name: _profile(element) for element in config.bounce_profiles}
    routes = {}
    for route in config.smtp_routes:
        hosts = tuple(
            RouteHost(
                _host(host.hostname), host.port, host.priority, host.by_address or _is_address(host.hostname)
            )
            for host in route.hosts
        )
        routes[route.domain] = Route(_KINDS.get(route.use, RouteKind.HOSTS), hosts)
    return Policy(
        Routes(routes),
        Controls({element.domain: _control(element) for element in config.destination_controls}),
        profiles,
        {
            i.interface_name: VirtualGateway(i.interface_name, i.hostname, i.ipv4, i.ipv6)
            for i in config.ip_interfaces
        },
        GatewayRules({rule.match: rule.interface_name for rule in config.source_rules}),
        profiles.get(DEFAULT_PROFILE, DEFAULT),
    )


def _control(element: DestinationControl) -> ControlEntry:
    rate = None
    if element.recipient_limit is not None:
        rate = RecipientRate(element.recipient_limit, element.recipient_minutes or 60)
    return ControlEntry(
        addresses=element.ip_sort_pref,
        connections=element.max_host_concurrency,
        messages=element.max_messages_per_connection,
        recipients=rate,
        scope=element.limit_type,
        base=element.limit_apply,
        tls=element.tls,
        dane=element.dane,
        mta_sts=element.mta_sts,
        certificate=element.certificate,
        profile=element.bounce_profile,
    )


def _profile(element: ProfileElement) -> BounceProfile:
    return BounceProfile(
        element.profile_name,
        element.max_retries,
        element.max_queue_time,
        element.initial_retry,
        element.max_retry,
        element.send_hard_bounces,
        element.send_delay_warnings,
        element.warning_interval,
        element.warning_count,
        element.alternate_address,
    )


def _host(name: str) -> str:
    return str(ipaddress.ip_address(name)) if _is_address(name) else typed_domain(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def local_addresses() -> frozenset[str]:
    """Addresses of this system that mail could loop back to; loopback and link-local ones left out."""
    found = set()
    for interface in psutil.net_if_addrs().values():
        for entry in interface:
            text = entry.address.partition("%")[0]
            if _is_address(text):
                address = ipaddress.ip_address(text)
                if not (address.is_loopback or address.is_link_local):
                    found.add(str(address))
    return frozenset(found)


class _Finder:
    """Addresses of a web server, by our own resolver."""

    def __init__(self, lookup: Lookup, families: frozenset[int]) -> None:
        self._lookup = lookup
        self._kinds = [dns.rdatatype.AAAA] * (6 in families) + [dns.rdatatype.A]

    async def __call__(self, host: str) -> Sequence[str]:
        answers = [await self._lookup.query(host, kind) for kind in self._kinds]
        return [record.to_text() for answer in answers for record in answer.records]
