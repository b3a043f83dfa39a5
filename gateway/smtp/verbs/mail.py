"""MAIL (RFC 5321 §4.1.1.2) with SIZE, BODY, SMTPUTF8, RET, ENVID, AUTH."""

from __future__ import annotations

from gateway.queue.numbers import Kind
from gateway.smtp import replies
from gateway.smtp.engine import Engine
from gateway.smtp.path import Path, parse
from gateway.smtp.session import Envelope
from gateway.smtp.verbs.parameters import split, valid_envid


def mail(engine: Engine, argument: bytes) -> bytes | None:
    session = engine.session
    if not session.host_name:
        return engine.blame(replies.HELLO_FIRST)
    if engine.settings.tls_required and session.ssl is None:
        return engine.blame(replies.TLS_REQUIRED)
    if engine.settings.auth_required and not session.authenticated:
        return engine.blame(replies.AUTH_REQUIRED)
    if engine.envelope.mid:
        return engine.blame(replies.NESTED_MAIL)
    if engine.server.draining:
        engine.refuse(replies.SHUTTING_DOWN)
        return None
    if argument[:5].upper() != b"FROM:":
        return engine.blame(replies.SYNTAX)
    try:
        text = argument[5:].lstrip(b" ").decode("utf-8")
    except UnicodeDecodeError:
        return engine.blame(replies.NOT_UTF8)
    found = parse(text, sender=True)
    if found is None:
        return engine.blame(replies.BAD_SENDER)
    sender, rest = found
    envelope = Envelope()
    if rest:
        refusal = _take_parameters(engine, envelope, rest)
        if refusal is not None:
            return engine.blame(refusal)
    if sender.international and not envelope.smtp_utf8:
        return engine.blame(replies.NEED_SMTPUTF8)
    if not engine.server.spool.has_room(envelope.declared_size):
        return replies.STORAGE
    engine.wait_for(
        engine.handler.handle_MAIL(session, envelope, sender),
        lambda verdict: _begin(engine, envelope, sender, verdict),
    )
    return None


def _begin(engine: Engine, envelope: Envelope, sender: Path, verdict: bytes | None) -> bytes:
    if verdict is not None and verdict[:1] != b"2":
        return verdict
    envelope.mail_from = sender.address
    envelope.mid = engine.server.numbers.take(Kind.MID)
    engine.envelope = envelope
    icid = engine.session.icid
    engine.server.log.say(f"Start MID {envelope.mid} ICID {icid}")
    engine.server.log.say(f"MID {envelope.mid} ICID {icid} From: <{sender.address}>")
    return verdict or replies.SENDER_OK


def _take_parameters(engine: Engine, envelope: Envelope, rest: str) -> bytes | None:
    """Put MAIL's parameters into the envelope; a reply says what is wrong with them."""
    words = split(rest)
    if words is None or not engine.session.extended_smtp:
        return replies.SYNTAX
    for keyword, value in words.items():
        if keyword == "SIZE":
            if not value.isascii() or not value.isdigit() or len(value) > 20:
                return replies.SYNTAX
            envelope.declared_size = int(value)
            if engine.settings.max_size and envelope.declared_size > engine.settings.max_size:
                return replies.TOO_BIG
        elif keyword == "BODY" and value.upper() in ("7BIT", "8BITMIME"):
            envelope.eight_bit = value.upper() == "8BITMIME"
        elif keyword == "SMTPUTF8" and not value:
            envelope.smtp_utf8 = True
        elif keyword == "RET" and value.upper() in ("FULL", "HDRS"):
            envelope.ret = value.upper()
        elif keyword == "ENVID" and valid_envid(value):
            envelope.envid = value
        elif keyword == "AUTH" and engine.settings.auth:
            pass  # RFC 4954 §5: may be ignored from a client that is not trusted to say who wrote it
        else:
            return replies.BAD_PARAMETER
    envelope.mail_options = rest.split()
    return None
