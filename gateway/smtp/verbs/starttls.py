"""STARTTLS (RFC 3207)."""

from __future__ import annotations

from gateway.smtp import replies
from gateway.smtp.engine import Engine


def starttls(engine: Engine, argument: bytes) -> bytes | None:
    context = engine.settings.tls
    if context is None:
        return engine.blame(replies.NOT_AVAILABLE)
    if argument:
        return engine.blame(replies.SYNTAX)
    if engine.session.ssl is not None:
        return engine.blame(replies.TLS_ALREADY)
    engine.start_tls(context)
    return None
