"""MAIL (RFC 5321 §4.1.1.2) with SIZE, BODY, SMTPUTF8, RET, ENVID, AUTH."""

from __future__ import annotations

from gateway.logs.maillog import clean
from gateway.queue.numbers import Kind
from gateway.smtp import replies
from gateway.smtp.address import AddressProblem, BadAddress, Mailbox
from gateway.smtp.engine import Engine
from gateway.smtp.parameters import BadParameter, Body, parse_mail_command
from gateway.smtp.session import Envelope
from gateway.smtp.xtext import encode_xtext

_OFFERED = frozenset({"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID"})
_OFFERED_WITH_AUTH = _OFFERED | {"AUTH"}


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
    offered = _OFFERED_WITH_AUTH if engine.settings.auth else _OFFERED
    try:
        text = argument[5:].lstrip(b" ").decode("utf-8")
        sender, parameters = parse_mail_command(
            text,
            offered=offered if session.extended_smtp else (),
            default_domain=engine.settings.default_domain,
        )
    except UnicodeDecodeError:
        return engine.blame(replies.NOT_UTF8)
    except BadAddress as error:
        engine.server.log.say(
            f"ICID {session.icid} Invalid sender address: '{clean(text[:256])}' {error.problem}"
        )
        utf8 = error.problem is AddressProblem.UTF8
        return engine.blame(replies.NEED_SMTPUTF8 if utf8 else replies.BAD_SENDER)
    except BadParameter as error:
        return engine.blame(replies.BAD_PARAMETER if error.code == 555 else replies.SYNTAX)
    envelope = Envelope()
    envelope.declared_size = parameters.size or 0
    if engine.settings.max_size and envelope.declared_size > engine.settings.max_size:
        return engine.blame(replies.TOO_BIG)
    if parameters.body is Body.BINARY:  # not offered
        return engine.blame(replies.BAD_PARAMETER)
    envelope.eight_bit = parameters.body is Body.EIGHT_BIT
    envelope.smtp_utf8 = parameters.smtputf8
    # AUTH= may be ignored from a client that is not trusted to say who wrote it (RFC 4954 §5).
    envelope.ret = parameters.ret or ""
    envelope.envid = encode_xtext(parameters.envid) if parameters.envid else ""
    if not engine.server.spool.has_room(envelope.declared_size):
        return replies.STORAGE
    engine.wait_for(
        engine.handler.handle_MAIL(session, envelope, sender),
        lambda verdict: _begin(engine, envelope, sender, verdict),
    )
    return None


def _begin(engine: Engine, envelope: Envelope, sender: Mailbox | None, verdict: bytes | None) -> bytes | None:
    if verdict is not None and verdict[:1] != b"2":
        return engine.refused(verdict)
    envelope.sender = sender
    address = envelope.mail_from = str(sender) if sender else ""
    envelope.mid = engine.server.numbers.take(Kind.MID)
    engine.envelope = envelope
    icid = engine.session.icid
    engine.server.log.say(f"Start MID {envelope.mid} ICID {icid}")
    engine.server.log.say(f"MID {envelope.mid} ICID {icid} From: <{address}>")
    return verdict or replies.SENDER_OK
