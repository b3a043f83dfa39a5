"""Connections that come through a load balancer: who they are from is said before the first command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.smtp.engine import Engine


class ProxyGate(Protocol):
    """Knows who has to send a PROXY header, and reads it; `gateway.access.proxygate` does."""

    def trusts(self, host: str) -> bool:
        """True if this peer is one of the proxies."""

    def take(self, engine: Engine, data: bytes) -> bytes | None:
        """Octets from a proxy; what is left of them once the header is complete, else None."""
