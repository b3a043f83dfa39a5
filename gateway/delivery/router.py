"""The router of the service: SMTP routes, MX, destination controls and TLS policy, asked at delivery time
(G1, G2).

A hop is kept for a short while, so that thousands of messages to one domain cost one look-up; the DNS cache
underneath keeps each answer for its own TTL. A hop that has become old is still used while a new one is being
looked up, but not for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.delivery.bounce import BounceProfile
from gateway.delivery.bouncelog import OF_PLAN
from gateway.delivery.controls import Control, Controls, DaneLevel, LimitBase, LimitScope
from gateway.delivery.dane import Dane
from gateway.delivery.gateways import GatewayRules, VirtualGateway
from gateway.delivery.mtasts import PolicyBook, StsPolicy
from gateway.delivery.mx import Candidate, Exchanger, Exchangers, Plan, PlanStatus
from gateway.delivery.ports import DEFAULT, Host, NextHop, RouteFailed
from gateway.delivery.response import Response, Stage
from gateway.delivery.routes import Route, RouteHost, RouteKind, Routes
from gateway.delivery.tls import BadCertificate, TlsContexts, TlsRefusal, demand
from gateway.queue.message import Message
from gateway.smtp.domain import BadDomain, typed_domain

LIFE = 30.0  # seconds a hop is used without asking again
STALE = 300.0  # seconds after which it is not used at all
MOST_HOPS = 20_000
FAMILIES = 2  # ranks per preference


@dataclass(frozen=True, slots=True)
class Policy:
    """What the administrator configured; replaced as a whole when the configuration changes."""

    routes: Routes = field(default_factory=Routes)
    controls: Controls = field(default_factory=Controls)
    profiles: Mapping[str, BounceProfile] = field(default_factory=dict)
    gateways: Mapping[str, VirtualGateway] = field(default_factory=dict)
    rules: GatewayRules = field(default_factory=GatewayRules)
    default_profile: BounceProfile = DEFAULT


@dataclass(slots=True)
class _Kept:
    hop: NextHop
    since: float


class DeliveryRouter:
    """See `ports.Router`.

    Args:
        book: MTA-STS policies; None where none can be fetched.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        policy: Policy,
        exchangers: Exchangers,
        dane: Dane,
        contexts: TlsContexts,
        *,
        book: PolicyBook | None,
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._exchangers = exchangers
        self._dane = dane
        self._contexts = contexts
        self._book = book
        self._clock = clock
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._refreshing: dict[tuple[str, str], asyncio.Task[None]] = {}

    def reload(self, policy: Policy, contexts: TlsContexts) -> None:
        """Take another configuration; mail that waits goes by the new one."""
        self._policy = policy
        self._contexts = contexts
        self._kept.clear()

    def known(self, domain: str, gateway: str = "") -> NextHop | None:
        """See `ports.Router.known`."""
        kept = self._kept.get((domain, gateway))
        if kept is None:
            return self._at_once(domain, gateway)
        age = self._clock() - kept.since
        if age > STALE:
            del self._kept[domain, gateway]
            return None
        if age > LIFE and (domain, gateway) not in self._refreshing:
            task = asyncio.ensure_future(self._refresh(domain, gateway))
            self._refreshing[domain, gateway] = task
        return kept.hop

    def _at_once(self, domain: str, gateway: str) -> NextHop | None:
        """The hop of a route that leads to addresses, or nowhere: `find` has nothing to wait for."""
        route = self._policy.routes.find(domain)
        control = self._policy.controls.find(domain)
        if route is None or control.dane is not DaneLevel.NONE or not all(h.is_address for h in route.hosts):
            return None
        finding = self.find(domain, gateway)
        try:
            finding.send(None)
        except StopIteration as found:
            hop: NextHop = found.value
            return hop
        except RouteFailed:
            return None  # the caller asks `find`, and hears why
        finding.close()
        return None

    async def find(self, domain: str, gateway: str = "") -> NextHop:
        """See `ports.Router.find`."""
        try:
            name = domain if domain.startswith("[") else typed_domain(domain)
        except BadDomain as error:
            text = str(error.fields["why"])
            raise RouteFailed(domain, Response(550, "5.1.2", text, Stage.ROUTE)) from error
        policy = self._policy
        hop = await self._look_up(policy, name, gateway)
        if policy is self._policy:
            if len(self._kept) >= MOST_HOPS:
                self._kept.clear()
            self._kept[domain, gateway] = _Kept(hop, self._clock())
        return hop

    def profile(self, domain: str) -> BounceProfile:
        """See `ports.Router.profile`."""
        try:
            control = self._policy.controls.find(typed_domain(domain))
        except BadDomain:
            control = self._policy.controls.default
        return self._profile(self._policy, control)

    def gateway(self, message: Message) -> str:
        """See `ports.Router.gateway`."""
        return self._policy.rules.find(message.sender, message.client) or ""

    async def _refresh(self, domain: str, gateway: str) -> None:
        try:
            await self.find(domain, gateway)
        except RouteFailed:
            pass  # what is known is used until it is too old; then the failure is the message's
        finally:
            del self._refreshing[domain, gateway]

    def _profile(self, policy: Policy, control: Control) -> BounceProfile:
        return policy.profiles.get(control.profile, policy.default_profile)

    async def _look_up(self, policy: Policy, domain: str, gateway: str) -> NextHop:
        control = policy.controls.find(domain)
        route = policy.routes.find(domain)
        leaves = policy.gateways.get(gateway)
        if route is not None and route.kind is RouteKind.DISCARD:
            return NextHop(RouteKind.DISCARD.value, (), discard=True)
        sts: StsPolicy | None = None
        names: tuple[str, ...] = ()
        if route is not None:
            plan = await self._route_plan(route, control)
            names = tuple(host.host for host in route.hosts)
        else:
            plan = await self._exchangers.plan(domain, control.addresses)
            if control.mta_sts and self._book is not None and not domain.startswith("["):
                sts = await self._book.find(domain)
        if plan.status is not PlanStatus.HOSTS:
            status, words = OF_PLAN[plan.status]
            code = 550 if status.startswith("5") else 451
            raise RouteFailed(domain, Response(code, status, plan.reason or words, Stage.ROUTE))
        hosts: list[Host] = []
        refused = ""
        for exchanger in plan.hosts:
            found = await self._hosts(exchanger, plan, domain, control, sts, names, leaves)
            if isinstance(found, TlsRefusal):
                refused = found.reason
            else:
                hosts.extend(found)
        if not hosts:
            raise RouteFailed(domain, Response(451, "4.7.5", refused, Stage.TLS))
        return _hop(
            policy,
            domain,
            route,
            control,
            leaves,
            tuple(sorted(hosts, key=lambda host: host.rank)),
            self._profile(policy, control),
        )

    async def _route_plan(self, route: Route, control: Control) -> Plan:
        """Hosts of a route by priority: bracketed ones by address, the others through their MX."""
        plans = [await self._host_plan(host, control) for host in route.hosts]
        hosts = [
            Exchanger(
                found.name,
                wanted.priority * 1_000 + min(order, 999),
                found.addresses,
                found.port,
                # RFC 7672 §2.2.1: a host the administrator named needs no MX under DNSSEC.
                secure=found.secure and (wanted.by_address or plan.secure),
                canonical=found.canonical,
            )
            for wanted, plan in zip(route.hosts, plans, strict=True)
            for order, found in enumerate(plan.hosts)
        ]
        if hosts:
            return Plan(PlanStatus.HOSTS, tuple(hosts), True)
        waiting = [plan for plan in plans if plan.status is PlanStatus.FAILED]
        return (waiting or plans)[0]

    async def _host_plan(self, host: RouteHost, control: Control) -> Plan:
        if host.is_address:
            return self._exchangers.literal(host.host, host.port)
        if host.by_address:
            return await self._exchangers.resolve(
                [Candidate(host.host, host.priority, host.port)], control.addresses, cut=False
            )
        return await self._exchangers.plan(host.host, control.addresses, host.port)

    async def _hosts(
        self,
        exchanger: Exchanger,
        plan: Plan,
        domain: str,
        control: Control,
        sts: StsPolicy | None,
        names: tuple[str, ...],
        leaves: VirtualGateway | None,
    ) -> list[Host] | TlsRefusal:
        dane = None
        if control.dane is not DaneLevel.NONE:
            dane = await self._dane.look_up(exchanger, domain, secure_mx=plan.secure)
        wanted = demand(control, exchanger, domain, dane=dane, policy=sts, names=names)
        if isinstance(wanted, TlsRefusal):
            return wanted
        try:
            context = self._contexts.get(wanted) if wanted.offer else None
        except BadCertificate as error:
            return TlsRefusal(str(error))
        first = ":" in exchanger.addresses[0]
        return [
            Host(
                address,
                exchanger.port,
                exchanger.name,
                exchanger.preference * FAMILIES + ((":" in address) is not first),
                wanted,
                context,
                leaves.source(address) if leaves is not None else "",
            )
            for address in exchanger.addresses
        ]


def _hop(
    policy: Policy,
    domain: str,
    route: Route | None,
    control: Control,
    leaves: VirtualGateway | None,
    hosts: tuple[Host, ...],
    profile: BounceProfile,
) -> NextHop:
    """Domains that go by the same route under the default control share a hop; any other is one by itself."""
    shared = route is not None and control == policy.controls.default
    name = route.to_text() if shared and route is not None else domain
    gateway = f" via {leaves.name}" if leaves is not None else ""
    return NextHop(
        name + gateway,
        hosts,
        control.connections,
        control.messages,
        control.recipients,
        name + (gateway if control.base is LimitBase.GATEWAY else ""),
        control.scope is LimitScope.EXCHANGER,
        leaves.host if leaves is not None else "",
        profile=profile,
    )
