"""Between the engine and the PROXY codec: the header's source becomes the connection's host."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from gateway.access.proxy import BadProxyHeader, TrustedProxies, parse_proxy
from gateway.smtp.engine import Engine

_HELD = "proxy header"
HEADER_TIMEOUT = 10.0  # seconds; a proxy has the header ready when it connects


class ProxiedConnections:
    """Reads a header from the listed peers, and lets nothing else of theirs through before it."""

    def __init__(self, proxies: Iterable[str]) -> None:
        """`proxies`: addresses, ranges or CIDR blocks. Raises BadSource."""
        self._proxies = TrustedProxies(proxies)

    def trusts(self, host: str) -> bool:
        try:
            return ip_address(host.partition("%")[0]) in self._proxies
        except ValueError:
            return False

    def take(self, engine: Engine, data: bytes) -> bytes | None:
        session = engine.session
        if not session.facts.get(_HELD):
            engine.touch(HEADER_TIMEOUT)
        data = session.facts.pop(_HELD, b"") + data
        try:
            header = parse_proxy(data, peer=session.host)
        except BadProxyHeader as error:
            engine.server.log.say(f"ICID {session.icid} from {session.host} {error}")
            engine.refuse(b"")
            return None
        if header is None:
            session.facts[_HELD] = data
            return None
        if header.source is not None:
            session.host, session.port = str(header.source), header.source_port
            session.peer = (session.host, session.port)
        engine.taker = None
        engine.touch(engine.settings.timeouts.command)
        engine.open()
        return data[header.length :]
