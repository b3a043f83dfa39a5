"""A router that needs no DNS."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.delivery.bounce import BounceProfile
from gateway.delivery.ports import NextHop, RouteFailed
from gateway.delivery.response import Response, Stage
from gateway.queue.message import Message


class StaticRouter:
    """Domains by a table, with ``ALL`` for the rest; no DNS."""

    def __init__(self, routes: Mapping[str, NextHop], profile: BounceProfile | None = None) -> None:
        self._routes = dict(routes)
        self._profile = profile or BounceProfile()

    def known(self, domain: str, gateway: str = "") -> NextHop | None:
        found = self._routes.get(domain)
        while found is None and "." in domain:
            domain = domain.partition(".")[2]
            found = self._routes.get("." + domain)
        return found or self._routes.get("ALL")

    async def find(self, domain: str, gateway: str = "") -> NextHop:
        hop = self.known(domain, gateway)
        if hop is None:
            raise RouteFailed(domain, Response(451, "4.4.4", "no SMTP route and no DNS", Stage.ROUTE))
        return hop

    def profile(self, domain: str) -> BounceProfile:
        return self._profile

    def gateway(self, message: Message) -> str:
        return ""
