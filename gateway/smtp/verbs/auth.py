"""AUTH PLAIN and LOGIN (RFC 4954, RFC 4616), on TLS only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from gateway.logs.maillog import clean
from gateway.smtp import replies
from gateway.smtp.engine import AUTH_LINE_LIMIT, Engine

_ASK_USER = b"334 VXNlcm5hbWU6\r\n"
_ASK_PASSWORD = b"334 UGFzc3dvcmQ6\r\n"
_ASK = b"334 \r\n"


def auth(engine: Engine, argument: bytes) -> bytes | None:
    session = engine.session
    if not engine.settings.auth:
        return engine.blame(replies.NOT_AVAILABLE)
    if not session.host_name or not session.extended_smtp:
        return engine.blame(replies.HELLO_FIRST)
    if session.ssl is None:
        return engine.blame(replies.AUTH_NEEDS_TLS)
    if session.authenticated:
        return engine.blame(replies.AUTH_ALREADY)
    if engine.envelope.mid:
        return engine.blame(replies.AUTH_IN_MAIL)
    name, _, first = argument.partition(b" ")
    mechanism = _MECHANISMS.get(name.upper())
    if mechanism is None:
        return engine.blame(replies.AUTH_UNKNOWN)
    return mechanism(engine, first)


def _plain(engine: Engine, first: bytes) -> bytes | None:
    if first:
        return _plain_answer(engine, first)
    return _ask(engine, _ASK, lambda line: _plain_answer(engine, line))


def _plain_answer(engine: Engine, line: bytes) -> bytes | None:
    # RFC 4616: [authzid] NUL authcid NUL passwd
    parts = (_decode(line) or "").split("\0")
    if len(parts) != 3 or not parts[1]:
        return engine.blame(replies.AUTH_BASE64)
    return _check(engine, parts[1], parts[2])


def _login(engine: Engine, first: bytes) -> bytes | None:
    def user(line: bytes) -> bytes | None:
        login = _decode(line)
        if not login:
            return engine.blame(replies.AUTH_BASE64)

        def password(line: bytes) -> bytes | None:
            secret = _decode(line)
            return engine.blame(replies.AUTH_BASE64) if secret is None else _check(engine, login, secret)

        return _ask(engine, _ASK_PASSWORD, password)

    return user(first) if first else _ask(engine, _ASK_USER, user)


_MECHANISMS: dict[bytes, Callable[[Engine, bytes], bytes | None]] = {b"PLAIN": _plain, b"LOGIN": _login}


def _ask(engine: Engine, question: bytes, then: Callable[[bytes], bytes | None]) -> bytes:
    """Put a question; the client's next line goes to `then`."""
    held = b""

    def take(data: bytes) -> bytes | None:
        nonlocal held
        held += data
        end = held.find(b"\r\n")
        if end < 0:
            if len(held) > AUTH_LINE_LIMIT:
                engine.refuse(replies.LINE_TOO_LONG)
            return None
        line, rest = held[:end], held[end + 2 :]
        engine.taker = None
        engine.touch(engine.settings.timeouts.command)
        engine.say(engine.blame(replies.AUTH_CANCELLED) if line == b"*" else then(line))
        return rest

    engine.taker = take
    return question


def _decode(line: bytes) -> str | None:
    if line == b"=":  # RFC 4954 §4: an empty initial response
        return ""
    try:
        return base64.b64decode(line, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _check(engine: Engine, login: str, password: str) -> bytes | None:
    def answer(good: bool | bytes) -> bytes | None:
        blocked = isinstance(good, bytes)
        word = "refused, too many failures from host," if blocked else "success" if good else "failure"
        engine.server.log.say(f"ICID {engine.session.icid} SMTP authentication {word} user: {clean(login)}")
        if isinstance(good, bytes):
            return engine.refused(good)
        if not good:
            engine.server.counters["auth_failed"] += 1
            return engine.blame(replies.AUTH_FAILED)
        engine.session.authenticated = True
        engine.session.auth_data = login
        return replies.AUTH_OK

    engine.wait_for(engine.handler.handle_AUTH(engine.session, login, password), answer)
    return None
