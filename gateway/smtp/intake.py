"""From content to a durable message: what DATA and BDAT share."""

from __future__ import annotations

import logging
import time

from gateway.logs.maillog import clean, quoted
from gateway.queue.message import Message, Traits
from gateway.smtp import replies, trace
from gateway.smtp.data import Content
from gateway.smtp.engine import Engine
from gateway.smtp.loops import MOST_VISITS, read_trace
from gateway.smtp.session import Envelope

_log = logging.getLogger(__name__)


def refusal_before_content(engine: Engine) -> bytes | None:
    """Why no content is taken now: memory, disk or shutdown (452, 421)."""
    server = engine.server
    memory = server.memory
    if memory.held > memory.cap:
        server.counters["memory_refused"] += 1
        return replies.MEMORY
    if not server.spool.has_room(engine.envelope.declared_size):
        server.counters["storage_refused"] += 1
        return replies.STORAGE
    return None


def open_content(engine: Engine) -> Content:
    """Where the readers put content: the trace header is in front already."""
    session, envelope, settings = engine.session, engine.envelope, engine.settings
    writer = engine.server.spool.writer(envelope.mid)
    recipients = envelope.recipients
    writer.write(
        trace.received(
            helo=session.host_name or "",
            name=session.reverse_name if session.verified == "yes" else "",
            host=session.host,
            by=settings.hostname,
            protocol=session.protocol if not envelope.smtp_utf8 else "UTF8" + session.protocol[1:],
            mid=envelope.mid,
            recipient=recipients[0].address if len(recipients) == 1 else "",
            when=engine.server.date(),
        )
    )
    envelope.writer = writer
    memory = engine.server.memory
    memory.held += writer.held

    def sink(piece: bytes) -> None:
        before = writer.held
        writer.write(piece)
        memory.held += writer.held - before

    return Content(sink, settings.max_size, settings.newlines)


def store(engine: Engine) -> bytes | None:
    """Content is complete: refuse it, or commit it and answer when it is durable."""
    envelope = engine.envelope
    assert envelope.reader is not None and envelope.writer is not None
    content = envelope.reader.content
    engine.touch(engine.settings.timeouts.command)
    refusal: bytes | None = None
    block = trace.headers(envelope.writer.head())
    if content.too_big:
        refusal = replies.TOO_BIG
    elif content.refused:
        refusal = replies.BARE_NEWLINES
    elif _loops(engine, block):
        refusal = replies.LOOP
    if refusal is not None:
        return engine.blame(_drop(engine, refusal))
    engine.wait_for(
        engine.handler.handle_DATA(engine.session, envelope),
        lambda verdict: _commit(engine, envelope, block, verdict),
    )
    return None


def _loops(engine: Engine, block: bytes) -> bool:
    """Too many hosts, or too many visits to this one (RFC 5321 §6.3); a short trace is not looked at."""
    if trace.hops(block) <= MOST_VISITS:
        return False
    return bool(read_trace(block, frozenset({engine.settings.hostname.lower()})).looping)


def _drop(engine: Engine, reply: bytes) -> bytes:
    engine.server.log.say(
        f"MID {engine.envelope.mid} ICID {engine.session.icid} rejected: {reply[:-2].decode()}"
    )
    engine.server.counters["refused"] += 1
    engine.drop_message()
    return reply


def _commit(engine: Engine, envelope: Envelope, block: bytes, verdict: bytes | None) -> bytes | None:
    server = engine.server
    if verdict is not None and verdict[:1] != b"2":
        return _drop(engine, verdict)
    writer, reader = envelope.writer, envelope.reader
    assert writer is not None and reader is not None
    try:
        body, files = writer.finish()
    except OSError as error:
        _log.error("spool: message %d: %s", envelope.mid, error)
        server.spool.failed(error)
        server.counters["storage_refused"] += 1
        return _drop(engine, replies.STORAGE)
    now = time.time()
    traits = Traits.NONE
    if envelope.eight_bit:
        traits |= Traits.EIGHT_BIT
    if envelope.smtp_utf8:
        traits |= Traits.SMTPUTF8
    if reader.content.dotted:
        traits |= Traits.DOTTED
    lowered = block.lower()
    subject = trace.text(trace.field(block, lowered, b"subject"))
    stage = server.stage()
    for recipient in envelope.recipients:
        recipient.due = now
        recipient.stage = stage
    message = Message(
        envelope.mid,
        envelope.mail_from,
        now,
        writer.size,
        body,
        engine.session.icid,
        engine.settings.name,
        traits,
        envelope.ret,
        envelope.envid,
        subject,
        envelope.recipients,
        engine.session.host,
    )
    log, mid = server.log, message.mid
    if identity := trace.field(block, lowered, b"message-id"):
        log.say(f"MID {mid} Message-ID '{clean(identity.decode('utf-8', 'replace'))}'")
    log.say(f"MID {mid} Subject {quoted(subject)}")
    log.say(f"MID {mid} ready {message.size} bytes from <{message.sender}>")
    table = "outbound" if engine.session.outbound or engine.session.authenticated else "inbound"
    log.say(f"MID {mid} matched all recipients for per-recipient policy DEFAULT in the {table} table")

    def durable(error: Exception | None) -> None:
        server.memory.held -= writer.held
        if engine.envelope is envelope:
            engine.drop_message()
        if error is not None:
            _log.error("spool: message %d is not kept: %s", mid, error)
            server.counters["storage_refused"] += 1
            log.say(f"MID {mid} aborted, not stored: {clean(str(error))}")
            engine.resume(replies.STORAGE)
            return
        server.counters["messages"] += 1
        server.counters["recipients"] += len(message.recipients)
        server.counters["octets"] += message.size
        engine.session.messages += 1
        server.queued(message)
        engine.resume(replies.reply(250, f"Message {mid} accepted", "2.0.0"))

    engine.pause()
    # From here the message goes its way even if the client goes: it owns its file now.
    envelope.writer = None
    server.spool.accept(message, files, durable)
    return None
