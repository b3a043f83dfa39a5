"""DATA (RFC 5321 §4.1.1.4)."""

from __future__ import annotations

from gateway.smtp import replies
from gateway.smtp.data import DataReader
from gateway.smtp.engine import Engine
from gateway.smtp.intake import open_content, refusal_before_content, store


def data(engine: Engine, argument: bytes) -> bytes | None:
    envelope = engine.envelope
    if argument:
        return engine.blame(replies.SYNTAX)
    if not envelope.mid:
        return engine.blame(replies.MAIL_FIRST)
    if envelope.chunking:
        return engine.blame(replies.BDAT_GOING_ON)
    if not envelope.recipients:
        return engine.blame(replies.RCPT_FIRST)
    refusal = refusal_before_content(engine)
    if refusal is not None:
        return refusal
    reader = DataReader(open_content(engine))
    envelope.reader = reader
    engine.begin_content()

    def take(block: bytes) -> bytes | None:
        rest = reader.feed(block)
        if rest is None:
            return None
        engine.taker = None
        engine.gathering = False
        engine.say(store(engine))
        return rest

    engine.taker = take
    engine.gathering = True
    return replies.START_MAIL
