"""RSET, NOOP, QUIT, VRFY, HELP (RFC 5321 §4.1.1)."""

from __future__ import annotations

from gateway.smtp import replies
from gateway.smtp.engine import Engine

_HELP = replies.reply(214, "See RFC 5321", "2.0.0")


def rset(engine: Engine, argument: bytes) -> bytes | None:
    if argument:
        return engine.blame(replies.SYNTAX)
    engine.drop_message()
    return replies.FLUSHED


def noop(engine: Engine, argument: bytes) -> bytes | None:
    return replies.OK


def quit_(engine: Engine, argument: bytes) -> bytes | None:
    if argument:
        return engine.blame(replies.SYNTAX)
    engine.refuse(replies.BYE)
    return None


def vrfy(engine: Engine, argument: bytes) -> bytes | None:
    """RFC 5321 §7.3: says nothing about who exists."""
    return replies.VRFY if argument else engine.blame(replies.SYNTAX)


def help_(engine: Engine, argument: bytes) -> bytes | None:
    return _HELP
