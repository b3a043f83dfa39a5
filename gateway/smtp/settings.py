"""What one listener is told; made from the configuration, replaced whole on reload."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from gateway.smtp.data import BareNewlines


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds a client may take (RFC 5321 §4.5.3.2), and the least it must send.

    Attributes:
        command: between commands.
        block: between two blocks of content.
        session: for the whole connection; 0 is no limit.
        rate: octets per second of content, measured over `rate_window` seconds.
    """

    command: float = 300
    block: float = 180
    session: float = 3600 * 4
    rate: int = 100
    rate_window: float = 60


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """One listener.

    Attributes:
        interface: what log lines call the interface it is on, e.g. ``Management``.
        max_size: octets of a message; 0 is no limit.
        max_connections, max_per_host: for this worker; 0 is no limit.
        implicit_tls: TLS from the first octet (RFC 8314).
        auth: AUTH is offered, on TLS only.
        default_domain: what addresses without a domain get, in A-labels; empty refuses them.
    """

    name: str
    hostname: str
    interface: str
    max_size: int = 100 << 20
    max_recipients: int = 1000
    max_connections: int = 1000
    max_per_host: int = 0
    max_errors: int = 20
    newlines: BareNewlines = BareNewlines.REFUSE
    timeouts: Timeouts = field(default_factory=Timeouts)
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    tls_required: bool = False
    auth: bool = False
    auth_required: bool = False
    default_domain: str = ""
