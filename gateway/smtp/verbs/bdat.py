"""BDAT (RFC 3030)."""

from __future__ import annotations

from gateway.smtp import replies
from gateway.smtp.data import ChunkReader
from gateway.smtp.engine import Engine
from gateway.smtp.intake import open_content, refusal_before_content, store


def bdat(engine: Engine, argument: bytes) -> bytes | None:
    """Whatever the answer is, the chunk's octets follow and are taken off the stream first (RFC 3030 §2)."""
    words = argument.split(b" ")
    last = len(words) == 2 and words[1].upper() == b"LAST"
    if not words[0].isdigit() or len(words[0]) > 13 or (len(words) > 1 and not last):
        # Without a length nobody can tell where commands go on.
        engine.refuse(replies.SYNTAX)
        return None
    octets = int(words[0])
    envelope = engine.envelope
    refusal: bytes | None = None
    if not envelope.mid:
        refusal = replies.MAIL_FIRST
    elif not envelope.recipients:
        refusal = replies.RCPT_FIRST
    elif not envelope.chunking:
        refusal = refusal_before_content(engine)
    if refusal is not None:
        if envelope.mid:
            engine.drop_message()
        return _discard(engine, octets, refusal)
    if not envelope.chunking:
        envelope.chunking = True
        envelope.reader = ChunkReader(open_content(engine))
        engine.begin_content()
    reader = envelope.reader
    assert isinstance(reader, ChunkReader)
    reader.start(octets)
    engine.touch(engine.settings.timeouts.block)

    def take(block: bytes) -> bytes | None:
        rest = reader.feed(block)
        if rest is None:
            engine.content_came(len(block))
            return None
        engine.taker = None
        engine.say(_chunk_done(engine, reader, octets, last=last))
        return rest

    if octets == 0:
        return _chunk_done(engine, reader, 0, last=last)
    engine.taker = take
    return None


def _chunk_done(engine: Engine, reader: ChunkReader, octets: int, *, last: bool) -> bytes | None:
    if last:
        reader.finish()
        return store(engine)
    if reader.content.too_big:
        engine.drop_message()
        return replies.TOO_BIG
    return replies.reply(250, f"{octets} octets received", "2.0.0")


def _discard(engine: Engine, octets: int, refusal: bytes) -> bytes | None:
    if octets == 0:
        return engine.blame(refusal)
    left = octets

    def take(block: bytes) -> bytes | None:
        nonlocal left
        if len(block) < left:
            left -= len(block)
            engine.touch(engine.settings.timeouts.block)
            return None
        rest = block[left:]
        engine.taker = None
        engine.say(engine.blame(refusal))
        return rest

    engine.taker = take
    return None
