"""EHLO and HELO (RFC 5321 §4.1.1.1)."""

from __future__ import annotations

from gateway.smtp import replies
from gateway.smtp.engine import Engine


def _name(engine: Engine, argument: bytes) -> str | None:
    """The client's name; None if it is not one (control or non-ASCII characters, blanks, too long)."""
    if not argument or len(argument) > 255 or b" " in argument:
        return None
    try:
        name = argument.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return name if name.isprintable() else None


def helo(engine: Engine, argument: bytes) -> bytes | None:
    name = _name(engine, argument)
    if name is None:
        return engine.blame(replies.SYNTAX)
    _hello(engine, name, extended=False)

    def answer(verdict: bytes | None) -> bytes | None:
        return verdict or replies.reply(250, engine.settings.hostname)

    engine.wait_for(engine.handler.handle_EHLO(engine.session, name), answer)
    return None


def ehlo(engine: Engine, argument: bytes) -> bytes | None:
    name = _name(engine, argument)
    if name is None:
        return engine.blame(replies.SYNTAX)
    _hello(engine, name, extended=True)
    engine.wait_for(
        engine.handler.handle_EHLO(engine.session, name), lambda verdict: verdict or _offer(engine)
    )
    return None


def _hello(engine: Engine, name: str, *, extended: bool) -> None:
    if engine.envelope.mid:
        engine.drop_message()
    engine.session.extended_smtp = extended
    engine.session.host_name = name


def _offer(engine: Engine) -> bytes:
    settings = engine.settings
    secure = engine.session.ssl is not None
    key = secure
    offers = engine.server.offers
    offer = offers.get(key)
    if offer is None:
        lines = [
            settings.hostname,
            "PIPELINING",
            f"SIZE {settings.max_size}",
            *(["STARTTLS"] if settings.tls and not secure else []),
            *(["AUTH PLAIN LOGIN"] if settings.auth and secure else []),
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
            "DSN",
            "SMTPUTF8",
            "CHUNKING",
        ]
        offer = offers[key] = replies.multiline(250, lines)
    return offer
